"""The events that a channel lists, and what is left of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import DateField, F, Func, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from allocations.enums import Stopped
from allocations.models import Listing
from allocations.stop_sell import why_stopped
from common.clock import utc
from events.enums import Changing, EventStatus
from events.models import Event, Item
from events.selectors import changed_since
from partners.api import availability, pages, schema
from partners.api.callers import (
    READ_EVENTS,
    Caller,
    Need,
    no_event_of_channel,
    only_seen_events,
    require_event,
)
from partners.api.parsing import malformed
from partners.api.queries import Day, Moment, Number, OneOf, Parameter, Query
from partners.api.shapes import an_id
from partners.api.view import ApiView

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

CHANNEL: dict[str, Parameter] = {
    "channel": Number(
        an_id("For a signed-in person: which channel. A key has its own, and may leave it out.")
    )
}
LIST = Query(
    {
        "date_from": Day("Events that start on this day or later, at the venue."),
        "date_to": Day("Events that start on this day or earlier, at the venue."),
        "venue": Number(an_id("Events at this venue.")),
        "status": OneOf(
            EventStatus.values, "Events in this state; a key never finds one in `DRAFT`."
        ),
        "modified_since": Moment(
            "Events of which anything has changed since then: its own details, its items, prices, "
            "listings, stops or terms. One that changed in the minute before may be among them."
        ),
        **CHANNEL,
        **pages.parameters(2),
    }
)
ONE = Query(CHANNEL)


class Events(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_EVENTS}

    @extend_schema(
        operation_id="list_events",
        summary="List events",
        tags=["events"],
        parameters=LIST.openapi(),
        responses=schema.answers(schema.page_of("Event"), 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        wanted = LIST.read(request.query_params)
        rows = find_events(self.caller, wanted)
        return Response(pages.page(request, rows, wanted["page_size"], position_of, present_event))


class OneEvent(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_EVENTS}

    @extend_schema(
        operation_id="get_event",
        summary="One event with its items",
        tags=["events"],
        parameters=ONE.openapi(),
        responses=schema.answers("EventWithItems", 400),
    )
    def get(self, request: Request, event_id: int) -> HttpResponseBase:
        channel = ONE.read(request.query_params)["channel"]
        event = _seen_by(self.caller, channel).filter(pk=event_id).first()
        if event is None:
            raise no_event_of_channel()
        items = present_items(event, channel or self.caller.channel_id)
        return Response(present_event(event) | {"items": items})


class Availability(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_EVENTS}

    @extend_schema(
        operation_id="get_availability",
        summary="What can be sold now",
        description=(
            "Each item that the channel lists. Send the `ETag` of the last answer as "
            "`If-None-Match`: while nothing has changed the answer is an empty 304."
        ),
        tags=["events"],
        parameters=[*ONE.openapi(), *schema.CONDITIONAL],
        responses=schema.answers("Availability", 400) | {304: schema.UNCHANGED},
    )
    def get(self, request: Request, event_id: int) -> HttpResponseBase:
        channel = self.caller.channel(ONE.read(request.query_params)["channel"])
        with only_seen_events(self.caller, channel, event_id):
            view = availability.view_availability(event_id, channel)
        if view.plan.setup.status == EventStatus.DRAFT:
            require_event(self.caller, channel, event_id)
        etag = view.etag
        answer: HttpResponseBase
        if matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
            answer = HttpResponse(status=304)
            del answer["Content-Type"]
        else:
            answer = Response(availability.present(view))
        answer["ETag"] = etag
        return answer


def matches(header: str, etag: str) -> bool:
    """RFC 9110's weak comparison: what is before the quotes does not count."""
    if not header:
        return False
    tags = parse_etags(header)
    plain = etag.removeprefix("W/")
    return tags == ["*"] or any(tag.removeprefix("W/") == plain for tag in tags)


def find_events(caller: Caller, wanted: dict[str, Any]) -> QuerySet[Event]:
    """In the order of their dates, from the cursor on."""
    found = Q()
    if wanted["venue"]:
        found &= Q(venue_id=wanted["venue"])
    if wanted["status"]:
        found &= Q(status=wanted["status"])
    if wanted["modified_since"]:
        found &= Q(pk__in=changed_since(Changing.EVENT, wanted["modified_since"]))
    if wanted["cursor"]:
        starts_at, pk = wanted["cursor"]
        moment = _moment(starts_at)
        found &= Q(starts_at__gt=moment) | Q(starts_at=moment, pk__gt=pk)
    rows = _seen_by(caller, wanted["channel"]).filter(found).order_by("starts_at", "pk")
    return _between(rows, wanted)


def _between(rows: QuerySet[Event], wanted: dict[str, Any]) -> QuerySet[Event]:
    """Days are those of each event's own venue; the zone-free bounds around them use the index."""
    first, last = wanted["date_from"], wanted["date_to"]
    if first is None and last is None:
        return rows
    zoned = Func(F("venue__time_zone"), F("starts_at"), function="timezone")
    rows = rows.alias(local_day=Cast(zoned, DateField()))
    if first is not None:
        rows = rows.filter(local_day__gte=first, starts_at__gte=_midnight(first, -1))
    if last is not None:
        rows = rows.filter(local_day__lte=last, starts_at__lt=_midnight(last, 2))
    return rows


def _midnight(day: date, days: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)


def _seen_by(caller: Caller, channel: int | None) -> QuerySet[Event]:
    events = Event.objects.filter(caller.events(channel)).select_related("venue", "series")
    return events.annotate(stopped_because=why_stopped(Stopped.EVENT, "pk"))


def position_of(event: Event) -> tuple[int, int]:
    return (event.starts_at - EPOCH) // MICROSECOND, event.pk


def _moment(microseconds: int) -> datetime:
    try:
        return EPOCH + microseconds * MICROSECOND
    except OverflowError:
        raise malformed("Is no cursor of ours: start again without one.", "cursor") from None


def present_event(event: Event) -> dict[str, Any]:
    """An event as partners see it."""
    venue, series, zone = event.venue, event.series, event.venue.zone
    return {
        "id": event.pk,
        "name": event.name,
        "status": event.status,
        "venue": {
            "id": venue.pk,
            "name": venue.name,
            "city": venue.city,
            "time_zone": venue.time_zone,
            "currency": venue.currency,
        },
        "series": {"id": series.pk, "name": series.name} if series else None,
        "utc_starts_at": utc(event.starts_at),
        "local_starts_at": event.starts_at.astimezone(zone).isoformat(),
        "utc_ends_at": utc(event.ends_at),
        "local_ends_at": event.ends_at.astimezone(zone).isoformat() if event.ends_at else None,
        "all_day": event.all_day,
        "opens_at": event.opens_at.isoformat("minutes") if event.opens_at else None,
        "closes_at": event.closes_at.isoformat("minutes") if event.closes_at else None,
        "utc_sales_from": utc(event.sales_from),
        "utc_sales_until": utc(event.sales_close),
        "stop_reason": event.stopped_because,  # type: ignore[attr-defined]
        "utc_modified_at": utc(event.modified_at),
    }


def present_items(event: Event, channel_id: int | None) -> list[dict[str, Any]]:
    """What the channel lists with its terms; without a channel, every item and no terms."""
    if channel_id is None:
        return [_present_item(item, None) for item in event.items.order_by("position", "pk")]
    listings = (
        Listing.objects.filter(event=event, channel_id=channel_id)
        .select_related("item")
        .order_by("item__position", "item_id")
    )
    return [_present_item(listing.item, listing) for listing in listings]


def _present_item(item: Item, listing: Listing | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": item.pk,
        "name": item.name,
        "kind": item.kind,
        "unit_type": item.unit_type,
        "min_per_booking": item.min_per_booking,
        "max_per_booking": item.max_per_booking,
        "utc_sales_from": utc(item.sales_from),
        "utc_sales_until": utc(item.sales_until),
    }
    terms: dict[str, Any] = dict.fromkeys(
        ("price", "price_floor", "price_ceiling", "listing_sales_from", "listing_sales_until")
    )
    if listing is not None:
        terms = {
            "price": amount(listing.price),
            "price_floor": amount(listing.price_floor),
            "price_ceiling": amount(listing.price_ceiling),
            "listing_sales_from": utc(listing.sales_from),
            "listing_sales_until": utc(listing.sales_until),
        }
    return found | terms


def amount(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"
