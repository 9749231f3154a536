"""The tabs of an event's page: what it consists of, who sells it, its stock, its bookings."""

from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from allocations.enums import Pricing
from allocations.models import SalesChannel
from allocations.sellers import listed_channels, sees_all_listings
from allocations.setup import ListingSetup
from backoffice.events.picture import EventPicture, picture_of
from backoffice.kit.bars import stock_bar
from backoffice.kit.panels import Panel
from backoffice.kit.rows import movements_of
from backoffice.listings.prices import MAY_PRICE, prices_url
from common.text import amount, local_time, money, number, price_range
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine, total_of

LATEST_BOOKINGS = 20


class EventPanel(Panel):
    @property
    def picture(self) -> EventPicture:
        return picture_of(self.request, self.subject)

    def add_url(self, model: str) -> str | None:
        """Where a part of the event is added, for whoever may."""
        app, name = model.split(".")
        if not self.may(f"{app}.add_{name}"):
            return None
        return f"{reverse(f'admin:{app}_{name}_add')}?event={self.subject.pk}"


class PartsPanel(EventPanel):
    slug = "parts"
    title = _("Pools and items")
    template = "admin/panels/parts.html"
    permission = "events.view_pool"

    def context(self) -> dict[str, Any]:
        picture = self.picture
        setup = picture.setup
        item_ids = [item_id for item_id, _channel in setup.listings]
        return {
            "add_pool": self.add_url("events.pool"),
            "add_item": self.add_url("events.item"),
            "pools": [
                {
                    "id": pool_id,
                    "name": name,
                    "capacity": number(use.quantity + use.out),
                    "bar": stock_bar(use),
                    "open": picture.open_quantity(pool_id),
                }
                for pool_id, name in setup.pool_names.items()
                for use in [picture.pool_use(pool_id)]
            ],
            "items": [
                {
                    "setup": item,
                    "takes": picture.takes(item),
                    "limit": picture.limit_use(item.limit_row),
                    "channels": item_ids.count(item.id),
                }
                for item in setup.items.values()
            ],
        }


class ListingsPanel(EventPanel):
    slug = "listings"
    title = _("Channels and listings")
    template = "admin/panels/listings.html"
    permission = "allocations.view_listing"

    def context(self) -> dict[str, Any]:
        picture = self.picture
        user, channel_ids = self.request.user, set(picture.setup.channels)
        if not sees_all_listings(user):
            channel_ids &= set(listed_channels(user).values_list("pk", flat=True))
        return {
            "add_listing": self.add_url("allocations.listing"),
            "prices": prices_url(self.subject.pk) if self.may(MAY_PRICE) else None,
            "currency": picture.setup.currency,
            "channels": [
                {
                    "channel": channel,
                    "listings": [
                        {
                            "item": item,
                            "setup": listing,
                            "price": amount(listing.price, picture.setup.currency),
                            "between": _between(channel, listing, picture.setup.currency),
                            "offer": offer,
                            "limit": picture.limit_use(listing.limit_row),
                        }
                        for item, listing, offer in picture.listings_of(channel.pk)
                    ],
                }
                for channel in picture.channels
                if channel.pk in channel_ids
            ],
        }


def _between(channel: SalesChannel, listing: ListingSetup, currency: str) -> str:
    """The prices that the channel may name, where it prices freely."""
    bounds = (listing.price_floor, listing.price_ceiling)
    if channel.pricing != Pricing.FREE or None in bounds:
        return ""
    lowest, highest = (bound for bound in bounds if bound is not None)
    return price_range(lowest, highest, currency)


class StockPanel(EventPanel):
    slug = "stock"
    title = _("Stock")
    template = "admin/panels/stock.html"
    permission = "allocations.view_stock"

    def context(self) -> dict[str, Any]:
        return {
            "movements": movements_of(stock__event__id__exact=self.subject.pk),
            "pools": [self._pool(pool_id) for pool_id in self.picture.setup.pool_names],
        }

    def _pool(self, pool_id: int) -> dict[str, Any]:
        use = self.picture.pool_use(pool_id)
        return {
            "id": pool_id,
            "name": self.picture.setup.pool_names[pool_id],
            "bar": stock_bar(use),
            "capacity": number(use.quantity + use.out),
            "rows": [self._row(row) for row in self.picture.rows_of(pool_id)],
        }

    def _row(self, row: Any) -> dict[str, Any]:
        picture = self.picture
        numbers, window, zone = picture.numbers(row.id), row.draw_window, picture.setup.zone
        source = picture.setup.rows[row.draws_on] if row.draws_on else None
        late = picture.reading.unreported.get(row.id)
        return {
            "id": row.id,
            "name": picture.row_name(row),
            "numbers": numbers,
            "late": late.in_words(numbers.sold, zone) if late else "",
            "bar": stock_bar(numbers),
            "draws_on": picture.row_name(source) if source else None,
            "draws_from": local_time(window.start, zone) if window.start else None,
            "draws_until": local_time(window.end, zone) if window.end else None,
            "ceiling": row.ceiling,
        }


class PoolStockPanel(StockPanel):
    """The same of one pool, below the pool's own form."""

    tab = False

    @property
    def picture(self) -> EventPicture:
        return picture_of(self.request, self.subject.event)

    def context(self) -> dict[str, Any]:
        return {
            "movements": movements_of(stock__pool__id__exact=self.subject.pk),
            "pools": [self._pool(self.subject.pk)],
        }


class BookingsPanel(EventPanel):
    """The newest; an event may have a million, which nobody counts for a page."""

    slug = "bookings"
    title = _("Bookings")
    template = "admin/panels/bookings.html"
    permission = "sales.view_booking"

    def context(self) -> dict[str, Any]:
        url = f"{reverse('admin:sales_booking_changelist')}?event__id__exact={self.subject.pk}"
        newest = Booking.objects.filter(event=self.subject).select_related("channel")
        lines = Prefetch("lines", BookingLine.objects.select_related("item"))
        zone = self.picture.setup.zone
        return {
            "url": url,
            "links": [
                (status.label, f"{url}&status__exact={status.value}") for status in BookingStatus
            ],
            "bookings": [
                {
                    "booking": booking,
                    "tickets": sum(line.kept for line in booking.lines.all()),
                    "items": ", ".join(line.item.name for line in booking.lines.all()),
                    "total": money(total_of(booking.lines.all()), booking.currency),
                    "created": local_time(booking.created_at, zone),
                }
                for booking in newest.order_by("-pk").prefetch_related(lines)[:LATEST_BOOKINGS]
            ],
        }
