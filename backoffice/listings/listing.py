"""Listings: what a channel offers, at what price, how many."""

from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeNumericFilter
from unfold.decorators import display

from allocations.models import Listing, SalesChannel
from allocations.sellers import listed_channels
from allocations.services import list_item
from backoffice.events.windows import require_confirmed_window
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.event_owned import EventOwnedAdmin
from backoffice.kit.running import RunningFilter
from backoffice.listings.limits import set_limit
from backoffice.stock.stop_sell import (
    SellingColumn,
    StoppedFilter,
    stop_sell_actions,
    stop_sell_in_bulk,
)
from common.text import money
from events.models import Item
from sales.models import BookingLine

TRAITS = ("price_floor", "price_ceiling", "sales_from", "sales_until", "is_on")


def has_sold(listing: Listing | None) -> bool:
    """Then it stays; asked here so that Django need not collect a million lines to say so."""
    return listing is not None and BookingLine.objects.filter(listing=listing).exists()


class ListingAdmin(SellingColumn, EventOwnedAdmin):
    venue_path = "event__venue"
    related = ("event__venue", "item", "channel")
    list_display = ("item", "channel", "event", "price_label", "limit_label", "selling")
    list_display_links = ("item", "channel")
    list_filter = (
        ("event", VisibleSearchFilter),
        ("channel", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        ("price", RangeNumericFilter),
        "is_on",
        StoppedFilter,
        RunningFilter,
    )
    search_fields = ("item__name", "channel__name", "event__name")
    search_help_text = _("Item, channel or event")
    ordering = ("-event__starts_at", "event_id", "item__position", "item_id", "channel__name", "pk")
    actions_detail = ("set_limit", "stop", "resume")
    set_limit = set_limit
    stop, resume = stop_sell_actions("allocations.change_listing")
    actions = stop_sell_in_bulk(stop, resume)
    event_tab = "listings"
    help_texts: ClassVar[Any] = {
        "price": _("The list price of one."),
        "price_floor": _("A channel that sets its prices freely asks no less."),
        "price_ceiling": _("And no more."),
        "is_on": _("Switched off, the channel does not offer the item at all."),
        "sales_from": _("Empty: as the item."),
        "sales_until": _("Empty: as the item."),
    }
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
        (None, {"fields": ("item", "channel", "limit_label", "selling_now")}),
        (_("Price"), {"fields": ("price", ("price_floor", "price_ceiling"))}),
        (_("Selling"), {"fields": ("is_on", "sales_from", "sales_until")}),
    )

    def scope(self, request: HttpRequest) -> Q:
        channels = listed_channels(request.user).order_by()
        return super().scope(request) & Q(channel__in=channels.values("pk"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ("limit_label", "selling_now")
        return ("item", "channel", *fields) if obj else fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the venue's currency beside the price."""
        event = self.event_of(request, obj)
        currency = event.venue.currency if event else ""
        fieldsets = [(name, dict(options)) for name, options in super().get_fieldsets(request, obj)]
        fieldsets[1][1]["description"] = _("In %s.") % currency
        return fieldsets

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
            require_confirmed_window(form, obj, f"{obj.item} · {obj.channel}")
            super().save_model(request, obj, form, change)
            return
        listing = list_item(
            item=obj.item,
            channel=obj.channel,
            price=obj.price,
            reason=_t("Set up"),
            **{name: getattr(obj, name) for name in TRAITS},
        )
        obj.__dict__.update(listing.__dict__)

    @display(description=_("price"), ordering="price")
    def price_label(self, listing: Listing) -> str:
        return money(listing.price, listing.event.venue.currency)

    @display(description=_("limit"), ordering="limit")
    def limit_label(self, listing: Listing) -> str:
        return _t("No limit") if listing.limit is None else str(listing.limit)
