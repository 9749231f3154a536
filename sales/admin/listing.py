"""Listings: what a channel offers, at what price, how many."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from allocations.admin.within_event import WithinEventAdmin
from allocations.models import Listing, SalesChannel
from allocations.services import list_item
from common.admin_choices import VisibleSearchFilter
from events.models import Item
from sales.admin.limits import set_limit
from sales.models import BookingLine

TRAITS = ("price_floor", "price_ceiling", "sales_from", "sales_until", "is_on", "stop_reason")


def has_sold(listing: Listing | None) -> bool:
    """Then it stays; asked here so that Django need not collect a million lines to say so."""
    return listing is not None and BookingLine.objects.filter(listing=listing).exists()


@admin.register(Listing)
class ListingAdmin(WithinEventAdmin):
    venue_path = "event__venue"
    related = ("event__venue", "item", "channel")
    list_display = ("item", "channel", "event", "price_label", "limit_label", "selling")
    list_display_links = ("item", "channel")
    list_filter = (("event", VisibleSearchFilter), ("channel", VisibleSearchFilter), "is_on")
    search_fields = ("item__name", "channel__name", "event__name")
    ordering = ("-event__starts_at", "event", "item__position", "item", "channel__name")
    actions_detail = ("set_limit",)
    set_limit = set_limit
    constraint_messages: ClassVar[Any] = {
        "listing_once_per_channel": ("channel", _("The channel lists this item already.")),
        "listing_price_not_negative": ("price", _("A price is not negative.")),
        "listing_price_between_floor_and_ceiling": (
            "price",
            _("The price lies between its floor and its ceiling."),
        ),
        "listing_sales_window_in_order": ("sales_until", _("The sale ends after it begins.")),
        "listing_within_venue": ("channel", _("The channel belongs to another venue.")),
        "booked_stays": (None, _("The listing has sold, and stays. Switch it off instead.")),
    }
    fieldsets = (
        (None, {"fields": ("item", "channel", "limit_label")}),
        (_("Price"), {"fields": ("price", ("price_floor", "price_ceiling"))}),
        (_("Selling"), {"fields": ("is_on", "sales_from", "sales_until")}),
        (_("Stop-sell"), {"fields": ("stop_reason",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("item", "channel", "limit_label") if obj else ("limit_label",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the venue's currency beside the price."""
        event = self.event_of(request, obj)
        currency = event.venue.currency if event else ""
        found = [(name, dict(options)) for name, options in super().get_fieldsets(request, obj)]
        found[1][1]["description"] = _("In %s.") % currency
        if obj is None:  # a limit is set by an action, later
            found[0][1]["fields"] = ("item", "channel")
        return found

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        event = self.event_of(request)
        if event and db_field.name == "item":
            kwargs["queryset"] = Item.objects.filter(event=event).order_by("position", "pk")
        if event and db_field.name == "channel":
            kwargs["queryset"] = SalesChannel.objects.filter(venue=event.venue).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not has_sold(obj) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Listing, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = list_item(
            item=obj.item,
            channel=obj.channel,
            price=obj.price,
            reason=_t("Set up"),
            **{name: getattr(obj, name) for name in TRAITS},
        )
        obj.__dict__.update(made.__dict__)

    @display(description=_("price"), ordering="price")
    def price_label(self, listing: Listing) -> str:
        return f"{listing.price} {listing.event.venue.currency}"

    @display(description=_("limit"), ordering="limit")
    def limit_label(self, listing: Listing) -> str:
        return _t("No limit") if listing.limit is None else str(listing.limit)

    @display(
        description=_("selling"),
        ordering="is_on",
        label={"on": "success", "off": "warning", "stop": "danger"},
    )
    def selling(self, listing: Listing) -> tuple[str, Any]:
        if listing.stop_reason:
            return ("stop", _("Stopped"))
        return ("on", _("On")) if listing.is_on else ("off", _("Off"))
