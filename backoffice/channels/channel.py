"""Sales channels and their traits."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeNumericFilter
from unfold.decorators import display

from allocations.channels import KIND_OF
from allocations.enums import PLACES, REPORTS_LATE, ChannelKind, ChannelPlace
from allocations.models import SalesChannel
from backoffice.alerts.partner_panel import PartnerPanel
from backoffice.channels import map as channel_map
from backoffice.channels import several
from backoffice.channels.connection import ConnectionFields
from backoffice.kit.choices import VisibleFilter
from backoffice.kit.forms import AdminForm
from backoffice.kit.scope import ScopedAdmin
from backoffice.kit.shown_when import shown_when
from backoffice.late_sales.mapping_versions import MappingsPanel
from backoffice.stock.stop_sell import (
    SellingColumn,
    StoppedFilter,
    stop_sell_actions,
    stop_sell_in_bulk,
)


class ChannelForm(AdminForm):
    """Asks for the place only: each belongs to one kind."""

    def _post_clean(self) -> None:
        if place := self.cleaned_data.get("place"):
            self.instance.kind = KIND_OF[ChannelPlace(place)]
        super()._post_clean()

    def changed_columns(self) -> set[str]:
        columns = super().changed_columns()
        return columns | {"kind"} if "place" in columns else columns


class ChannelAdmin(ConnectionFields, SellingColumn, ScopedAdmin):
    panels = (PartnerPanel, MappingsPanel)
    venue_path = "venue"
    custom_urls = (
        ("map/", "allocations_saleschannel_map", channel_map.show),
        ("several/", "allocations_saleschannel_several", several.show),
    )
    list_above = "admin/several_link.html"
    related = ("venue",)
    form = ChannelForm
    list_display = ("name", "venue", "kind_label", "place", "connectivity", "team", "selling")
    list_filter = (
        ("venue", VisibleFilter),
        ("kind", ChoicesDropdownFilter),
        ("connectivity", ChoicesDropdownFilter),
        ("team", ChoicesDropdownFilter),
        ("settlement_days", RangeNumericFilter),
        StoppedFilter,
    )
    search_fields = ("name", "code", "venue__name")
    ordering = ("venue__name", "kind", "name")
    autocomplete_fields = ("venue",)
    prepopulated_fields: ClassVar[dict[str, Any]] = {"code": ("name",)}
    fieldsets = (
        (None, {"fields": ("venue", "name", "code", "place", "team", "selling_now")}),
        (
            _("How it sells"),
            {
                "fields": (
                    *("audience", "pricing", "connectivity"),
                    *("longest_lease_hours", "lease_grace_minutes"),
                    *("safety_buffer", "buffer_one_in", "buffer_percent"),
                )
            },
        ),
        (
            _("Holds and payment"),
            {"fields": ("default_hold_seconds", "longest_hold_seconds", "settlement_days")},
        ),
        (
            _("Usual for its new events"),
            {
                "fields": (
                    "usual_percent",
                    ("usual_floor_percent", "usual_ceiling_percent"),
                    "usual_limit",
                    ("usual_opens_hours", "usual_closes_hours"),
                    "usual_draws",
                ),
                "description": _(
                    "Copied when the channel is given prices of an event in the table of prices. "
                    "What is listed already stays as it is."
                ),
            },
        ),
    )
    shown_when: ClassVar[dict[str, str]] = {
        **dict.fromkeys(
            ("longest_lease_hours", "lease_grace_minutes"),
            shown_when({"connectivity": REPORTS_LATE}, {"place": PLACES[ChannelKind.PHYSICAL]}),
        ),
        "safety_buffer": shown_when({"connectivity": REPORTS_LATE}),
    } | dict.fromkeys(
        ("buffer_one_in", "buffer_percent"),
        shown_when({"connectivity": REPORTS_LATE, "safety_buffer": ("true",)}),
    )
    actions_detail = ("stop", "resume")
    stop, resume = stop_sell_actions("allocations.change_saleschannel")
    actions = stop_sell_in_bulk(stop, resume)
    help_texts: ClassVar[Any] = {
        "place": _("What kind of seller it is; the five kinds of channel follow from it."),
        "team": _("Who looks after this channel."),
        "audience": _("When its buyers usually buy: late, on impulse, or early, with a plan."),
        "pricing": _("Free: the channel names its price, between the bounds of each listing."),
        "connectivity": _("Whether it asks us at each sale, from time to time, or not for hours."),
        "longest_lease_hours": _(
            "How long one of its terminals may sell from tickets that were set aside for it, without asking us."
        ),
        "lease_grace_minutes": _(
            "How long after a lease what is left of it waits for a late report. Then it goes back."
        ),
        "safety_buffer": _(
            "Where it sells from stock that others sell too: what it may sell until its next sync is set aside "
            "for it, worked out from its own sales and moved by transfers. Off: what it reports may find no stock."
        ),
        "buffer_one_in": _(
            "10,000: it sells more than its buffer once in 10,000 syncs. A smaller number sets fewer units aside."
        ),
        "buffer_percent": _(
            "Of what all share and what is set aside for it together, no more than this is set aside. "
            "100: all of it, if it may sell as much."
        ),
        "default_hold_seconds": _("How long a cart is kept; 900 is 15 minutes."),
        "usual_percent": _("100: as the list price. 110: ten percent more. 0: free of charge."),
        "usual_floor_percent": _("For a channel that sets its prices freely."),
        "usual_limit": _("Empty: no limit."),
        "usual_opens_hours": _("168 is a week. Empty: with the item."),
        "usual_closes_hours": _("Empty: with the item."),
        "usual_draws": _("It sells from the stock that all share, until a plan says otherwise."),
        "longest_hold_seconds": _("No hold lives longer, however often it is extended."),
    }
    constraint_messages: ClassVar[Any] = {
        "channel_hold_within_longest": (
            "default_hold_seconds",
            _("The default hold is not longer than the longest."),
        ),
        "channel_lease_within_reason": (
            "longest_lease_hours",
            _("A lease lasts 1 to 168 hours, and its grace at most 10,080 minutes: a week each."),
        ),
        "channel_buffer_within_reason": (
            "buffer_one_in",
            _(
                "A buffer is too small once in 10 to 1,000,000 syncs, and 1 to 100 % of the shared stock."
            ),
        ),
        "channel_usual_price_between_bounds": (
            "usual_percent",
            _("The usual price lies between its floor and its ceiling."),
        ),
        "channel_usual_window_in_order": (
            "usual_closes_hours",
            _("It closes after it opens: fewer hours before the start."),
        ),
        "channel_usual_hours_within_reason": ("usual_opens_hours", _("Two years at most.")),
        "channel_hidden_while_it_has_holds": (
            "place",
            _("It has named holds, and stays hidden until they have ended."),
        ),
        "channel_place_fits_kind": ("place", _("This place belongs to another kind.")),
        "channel_code_unique_in_venue": ("code", _("The venue has a channel with this code.")),
        "channel_name_unique_in_venue": ("name", _("The venue has a channel of this name.")),
        "booked_stays": (None, _("The channel has bookings and stays.")),
    }

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "place":
            kwargs["choices"] = [
                ("", _("Select value")),
                *(
                    (kind.label, [(place.value, place.label) for place in places])
                    for kind, places in PLACES.items()
                ),
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def lock(self, obj: Any) -> None:
        # The events before their channels, as every writer does.
        obj.lock_its_events()
        super().lock(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Its listings and its stock belong to the same venue.
        return ("venue", "selling_now", *self.connection_fields) if obj else ("selling_now",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # One that lists anything stays; it is stopped instead.
        used = obj is not None and obj.listings.exists()
        return not used and super().has_delete_permission(request, obj)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    @display(
        description=_("kind"),
        ordering="kind",
        label={
            ChannelKind.DIRECT.label: "info",
            ChannelKind.PHYSICAL.label: "success",
            ChannelKind.PARTNER.label: "primary",
            ChannelKind.THIRD_PARTY.label: "warning",
        },
    )
    def kind_label(self, channel: SalesChannel) -> str:
        return str(channel.get_kind_display())
