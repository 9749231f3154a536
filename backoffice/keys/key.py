"""API keys: issued, rotated and revoked; the secret is shown once, on a page of its own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from allocations.models import Listing, SalesChannel
from backoffice.kit.choices import VisibleSearchFilter
from backoffice.kit.dialogs import Change, DialogForm, actor_of, dialog_action
from backoffice.kit.form_fields import OneOf
from backoffice.kit.forms import AdminForm, ReasonField
from backoffice.kit.panels import Panel
from backoffice.kit.scope import ScopedAdmin
from common.text import local_time
from partners import services
from partners.enums import Scope
from partners.models import ApiKey
from partners.services import IssuedKey

MAY_CHANGE = "partners.change_apikey"


# What the API asks for; the other scopes open nothing yet.
OFFERED = (Scope.READ, Scope.SELL)


class KeyForm(AdminForm):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[(scope.value, scope.label) for scope in OFFERED],
        initial=[Scope.READ, Scope.SELL],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What a program may do with the key."),
    )

    why = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["why"]  # an edit has a reason of its own
        else:
            self.fields["why"].label = _("Why it is issued")
        # A scope that the key has already is not taken from it unseen.
        field = cast("forms.MultipleChoiceField", self.fields["scopes"])
        field.choices = [
            (scope.value, scope.label)
            for scope in Scope
            if scope in OFFERED or scope in self.instance.scopes
        ]


def channel_and_venue(channel: SalesChannel) -> str:
    """Venues have channels of the same names: a key must not go to the wrong one."""
    return f"{channel} – {channel.venue}"


class RotateForm(DialogForm):
    overlap = OneOf(
        _("The old key works on for"),
        choices=(
            ("0", _("no longer: it ends at once")),
            ("1", _("an hour")),
            ("24", _("a day")),
            ("168", _("a week")),
        ),
        initial="24",
        help_text=_("Time to put the new secret into the program."),
    )

    def changes(self) -> Sequence[Change]:
        key: ApiKey = self.subject
        zone, hours = key.channel.venue.zone, int(self.cleaned_data["overlap"])
        ends = timezone.now() + timedelta(hours=hours)
        if key.expires_at is not None:
            ends = min(ends, key.expires_at)
        then = _t("works until %s") % local_time(ends, zone) if hours else _t("opens nothing")
        scopes = ", ".join(str(Scope(scope).label) for scope in key.scopes)
        return [
            Change(_t("The old secret (%s…)") % key.prefix, _t("works"), then),
            Change(_("A new secret"), _t("none"), _t("works for: %s") % scopes),
        ]


class RevokeForm(DialogForm):
    def changes(self) -> Sequence[Change]:
        return [Change(_("The key"), _t("works"), _t("opens nothing any more"))]


def is_live(key: ApiKey) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > timezone.now())


class KeysPanel(Panel):
    """On an event's page: the keys of the channels that list something of it."""

    slug = "keys"
    title = _("API keys")
    template = "admin/panels/keys.html"
    permission = "partners.view_apikey"

    def context(self) -> dict[str, Any]:
        channels = Listing.objects.filter(event=self.subject).values("channel")
        keys = ApiKey.objects.filter(channel__in=channels).select_related("channel__venue")
        page = cast("ApiKeyAdmin", admin.site.get_model_admin(ApiKey))
        add = reverse("admin:partners_apikey_add") if self.may("partners.add_apikey") else None
        return {
            "add_key": add,
            "keys": [
                {
                    "key": key,
                    "scopes": page.scope_names(key),
                    "state": page.state(key)[1],
                    "is_live": is_live(key),
                    "used": page.used(key),
                }
                for key in keys.order_by("channel__name", "-created_at")
            ],
        }


class ApiKeyAdmin(ScopedAdmin):
    venue_path = "channel__venue"
    related = ("channel__venue",)
    form = KeyForm
    list_display = ("name", "channel", "venue", "prefix", "scope_names", "state", "used")
    list_filter = (("channel", VisibleSearchFilter), "revoked_at")
    search_fields = ("name", "prefix", "channel__name")
    unsearchable: ClassVar[tuple[str, ...]] = ("digest",)
    ordering = ("channel__venue__name", "channel__name", "-created_at")
    actions_detail = ("rotate", "revoke")
    fieldsets = (
        (None, {"fields": ("channel", "name", "scopes", "expires_at")}),
        (_("State"), {"fields": ("prefix", "state_now", "issued", "used")}),
    )
    readonly_fields = ("prefix", "state_now", "issued", "used")
    constraint_messages: ClassVar[Any] = {
        "api_key_scopes_known": ("scopes", _("At least one scope.")),
    }

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj:
            return fieldsets
        return [(None, {"fields": (*fieldsets[0][1]["fields"], "why")})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("channel", *self.readonly_fields) if obj else self.readonly_fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "channel":
            field.label_from_instance = channel_and_venue
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Bookings and movements name their key: it is revoked, never deleted.
        del request, obj
        return False

    # --- Issuing --------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        issued = services.issue_key(
            channel=obj.channel,
            name=obj.name,
            scopes=form.cleaned_data["scopes"],
            expires_at=obj.expires_at,
            by=actor_of(request),
            reason=form.cleaned_data["why"],
        )
        obj.__dict__.update(issued.key.__dict__)
        request.finlo_issued = issued  # type: ignore[attr-defined]  # dies with the request

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        del obj, post_url_continue
        return self.show_secret(request, request.finlo_issued)  # type: ignore[attr-defined]

    @method_decorator(never_cache)
    def show_secret(self, request: HttpRequest, issued: IssuedKey) -> HttpResponse:
        """The answer to the very request that made the secret: it is kept nowhere."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Your new API key"),
            "subtitle": str(issued.key),
            "opts": self.opts,
            "key": issued.key,
            "secret": issued.secret,
        }
        return render(request, "admin/api_key_secret.html", context)

    # --- Shown ----------------------------------------------------------------------------

    @display(description=_("venue"), ordering="channel__venue__name")
    def venue(self, key: ApiKey) -> str:
        return str(key.channel.venue)

    @display(description=_("scopes"))
    def scope_names(self, key: ApiKey) -> str:
        return ", ".join(str(Scope(scope).label) for scope in key.scopes)

    @display(
        description=_("state"),
        label={"live": "success", "ending": "warning", "expired": "", "revoked": "danger"},
    )
    def state(self, key: ApiKey) -> tuple[str, Any]:
        if key.revoked_at:
            return "revoked", _("Revoked")
        if not is_live(key):
            return "expired", _("Expired")
        if key.expires_at:
            return "ending", _("Until %s") % local_time(key.expires_at, key.channel.venue.zone)
        return "live", _("Live")

    @display(description=_("state"))
    def state_now(self, key: ApiKey) -> Any:
        return self.state(key)[1]

    @display(description=_("issued"), ordering="created_at")
    def issued(self, key: ApiKey) -> str:
        return local_time(key.created_at, key.channel.venue.zone)

    @display(description=_("last used"), ordering="last_used_at")
    def used(self, key: ApiKey) -> str:
        return local_time(key.last_used_at, key.channel.venue.zone)

    # --- Actions --------------------------------------------------------------------------

    @dialog_action(
        _("Rotate"),
        form=RotateForm,
        permission=MAY_CHANGE,
        submit=_("Issue the new secret"),
        icon="autorenew",
        shown=is_live,
        own_page=True,
    )
    def rotate(self, request: HttpRequest, key: ApiKey, form: Any) -> HttpResponse:
        with transaction.atomic():
            issued = services.rotate_key(
                key_id=key.pk,
                overlap=timedelta(hours=int(form.cleaned_data["overlap"])),
                by=actor_of(request),
                reason=form.cleaned_data["reason"],
            )
        return self.show_secret(request, issued)

    @dialog_action(
        _("Revoke"),
        form=RevokeForm,
        permission=MAY_CHANGE,
        submit=_("Revoke the key"),
        icon="key_off",
        danger=True,
        shown=is_live,
    )
    def revoke(self, request: HttpRequest, key: ApiKey, form: Any) -> str:
        with transaction.atomic():
            services.revoke_key(
                key_id=key.pk,
                by=actor_of(request),
                reason=form.cleaned_data["reason"],
            )
        return _t("%s was revoked: it opens nothing any more.") % key
