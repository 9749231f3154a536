"""What is done with an endpoint: a test, enabling it again, a look at its secret."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from alerts import services
from alerts.models import Endpoint
from backoffice.alerts.states import SEE_DELIVERIES, endpoint_state
from backoffice.kit.dialogs import Change, DialogForm, actor_of, dialog_action, link_action
from common.addresses import change_url

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHANGE = "alerts.change_endpoint"


def is_down(endpoint: Endpoint) -> bool:
    return endpoint.disabled_at is not None or endpoint.failures > 0 or not endpoint.is_active


def has_secret(endpoint: Endpoint) -> bool:
    return bool(endpoint.secret)


class WithoutReason(DialogForm):
    """Changes no set-up, and so no history would keep a reason."""

    def prepare(self) -> None:
        del self.fields["reason"]


class TestForm(WithoutReason):
    def summary(self) -> list[tuple["StrOrPromise", object]]:
        return [(_("State"), endpoint_state(self.subject)[1])]

    def changes(self) -> list[Change]:
        endpoint: Endpoint = self.subject
        to = _t("by %(transport)s, to %(address)s") % {
            "transport": endpoint.get_transport_display(),
            "address": endpoint.shown_address,
        }
        changes = [Change(_t("A test message is sent"), to)]
        if endpoint.disabled_at is not None:
            changes.append(Change(_t("If it arrives"), _t("the endpoint is enabled again")))
        return changes


class SecretForm(WithoutReason):
    def changes(self) -> list[Change]:
        return [Change(_t("The secret is shown"), _t("to you, on the next page; nothing changes"))]


class EnableForm(DialogForm):
    def changes(self) -> list[Change]:
        state = endpoint_state(self.subject)[1]
        return [Change(_t("The endpoint"), state, _t("Active: messages go to it again"))]


class EndpointActions:
    """Of the admin class of endpoints."""

    actions_detail = ("send_test", "enable", "show_secret", "deliveries")
    admin_site: Any
    opts: Any

    @dialog_action(
        _("Send test"),
        form=TestForm,
        permission=CHANGE,
        submit=_("Send it"),
        icon="send",
        own_page=True,
    )
    def send_test(self, request: HttpRequest, endpoint: Endpoint, form: Any) -> HttpResponseBase:
        del form
        delivery = services.send_test(endpoint, by=actor_of(request), now=timezone.now())
        return redirect(change_url(delivery))

    @dialog_action(
        _("Enable again"),
        form=EnableForm,
        permission=CHANGE,
        submit=_("Enable"),
        icon="restart_alt",
        shown=is_down,
    )
    def enable(self, request: HttpRequest, endpoint: Endpoint, form: Any) -> str:
        services.enable(endpoint, by=actor_of(request), reason=form.cleaned_data["reason"])
        return _t("Messages go to %s again.") % endpoint

    @link_action(_("Deliveries"), permission=SEE_DELIVERIES, icon="outgoing_mail")
    def deliveries(self, endpoint: Endpoint) -> str:
        return f"{reverse('admin:alerts_delivery_changelist')}?endpoint__id__exact={endpoint.pk}"

    @dialog_action(
        _("Signing secret"),
        form=SecretForm,
        permission=CHANGE,
        submit=_("Show it"),
        icon="key",
        shown=has_secret,
        own_page=True,
    )
    @method_decorator(never_cache)
    def show_secret(self, request: HttpRequest, endpoint: Endpoint, form: Any) -> HttpResponse:
        del form
        context = {
            **self.admin_site.each_context(request),
            "title": _("Signing secret"),
            "subtitle": str(endpoint),
            "opts": self.opts,
            "endpoint": endpoint,
            "secret": endpoint.secret,
            "back": change_url(endpoint),
        }
        return render(request, "admin/alerts/secret.html", context)
