"""The page on which a person asks for a transfer between two rows of a pool."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from backoffice.kit.dialogs import Change, Dialog, Done, TwoReasonsForm
from backoffice.kit.form_fields import OneObject, WholeNumber
from backoffice.kit.rows import name_of, offer_rows
from backoffice.transfers.decision_pages import meant_field, perhaps_sold, rows_change, units_asked
from common.addresses import change_url
from common.text import local_time
from events.models import Pool
from transfers import services, words
from transfers.enums import TransferStatus
from transfers.models import Transfer
from transfers.policy import policy_of
from transfers.preview import Outlook, outlook
from transfers.selectors import REQUEST, SEE
from transfers.services import Wish

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Back to the event's tab, for who came from there.
FROM, EVENT = "from", "event"


class AskForm(TwoReasonsForm):
    source = OneObject(_("From"))
    target = OneObject(
        _("To"),
        help_text=_(
            "A channel stands here once it lists an item of the pool, or has a part of it."
        ),
    )
    units = WholeNumber(_("Units"), minimum=1, help_text=_("Only what is free can be moved."))
    up_to = forms.BooleanField(
        label=_("Or fewer"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_(
            "Move as many as there are, if there are not that many when it is carried out."
        ),
    )
    despite_stop = meant_field()

    def prepare(self) -> None:
        offer_rows(self, self.subject)
        for name in ("source", "target"):
            number = self.request.GET.get(name, "")
            if number.isascii() and number.isdigit():
                self.fields[name].initial = number
        self.fields["reason"].help_text = _(
            "The person who decides reads it, and partners see it in their statement. Name no customers."
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("source") and data.get("source") == data.get("target"):
            self.add_error("target", _t("Choose another row than the one it comes from."))
        return data

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        event = self.subject.event
        return [
            (_("Event"), event.name),
            (_("Starts"), local_time(event.starts_at, event.venue.zone)),
            (_("Sales"), event.get_status_display()),
        ]

    def wish(self, reason: str) -> Wish:
        data = self.cleaned_data
        return Wish(
            source_id=data["source"].pk,
            target_id=data["target"].pk,
            units=data["units"],
            reason=reason,
            up_to=data["up_to"],
            despite_stop=data["despite_stop"],
        )

    def changes(self) -> Sequence[Change]:
        # A preview does not ask why yet.
        prospect = outlook(self.wish(self.cleaned_data.get("reason") or "–"), now=timezone.now())
        return [
            *(
                [Change(_("Units"), prospect.units)]
                if prospect.units != self.cleaned_data["units"]
                else []
            ),
            *rows_change(prospect.source, -prospect.units),
            *rows_change(prospect.target, prospect.units),
            *perhaps_sold(prospect.perhaps_sold),
            *([Change(_("It cannot sell"), prospect.cannot_sell)] if prospect.cannot_sell else []),
            Change(_("When"), self._when(prospect)),
        ]

    def _when(self, prospect: Outlook) -> str:
        if not prospect.needs:
            return _t("At once: nobody has to approve it.")
        event = self.subject.event
        return _t("Once it is approved, until %(until)s. %(why)s") % {
            "until": local_time(prospect.lapses_at, event.venue.zone),
            "why": " ".join(
                words.needs(prospect.needs, policy_of(event), prospect.source, prospect.target)
            ),
        }


def ask_url(pool_id: int, **query: object) -> str:
    address = reverse("admin:transfers_transfer_ask", args=(pool_id,))
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{address}?{parameters}" if parameters else address


def ask(admin: Any, request: HttpRequest, pool: Pool, form: Any) -> HttpResponseBase:
    del admin
    transfer = services.request(
        form.wish(form.cleaned_data["reason"]), by=form.by, now=timezone.now()
    )
    links = [(_t("See the transfer"), change_url(transfer))] if request.user.has_perm(SEE) else []
    messages.success(request, str(Done(_told(transfer), links)))
    if request.GET.get(FROM) == EVENT:
        return redirect(f"{change_url(pool.event)}#dataset-transfers")
    return redirect(change_url(pool))


def _told(transfer: Transfer) -> str:
    names = {"source": name_of(transfer.source), "target": name_of(transfer.target)}
    if transfer.status == TransferStatus.EXECUTED:
        text = _t("%(units)s units moved from %(source)s to %(target)s.")
        return text % (names | {"units": f"{transfer.moved or 0:,}"})
    text = _t("%(units)s units from %(source)s to %(target)s wait for approval until %(until)s.")
    return text % (
        names
        | {
            "units": units_asked(transfer),
            "until": local_time(transfer.lapses_at, transfer.event.venue.zone),
        }
    )


ASK = Dialog(
    title=_("Transfer units"),
    form=AskForm,
    submit=_("Transfer"),
    danger=False,
    own_page=False,
    handler=ask,
)


class AskingPage:
    """Of the admin class of transfers."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.ask_view)  # type: ignore[attr-defined]
        url = path("ask/<int:pool_id>/", view, name="transfers_transfer_ask")
        return [url, *super().get_urls()]  # type: ignore[misc]

    def ask_view(self, request: HttpRequest, pool_id: int) -> HttpResponseBase:
        if not request.user.has_perm(REQUEST):
            raise PermissionDenied
        pools = self.admin_site.get_model_admin(Pool)  # type: ignore[attr-defined]
        pool: Pool | None = pools.get_object(request, str(pool_id))
        if pool is None:
            raise Http404
        with timezone.override(pool.event.venue.zone):
            return ASK.answer(self, request, pool)
