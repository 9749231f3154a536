"""The events that a channel lists, and what is left of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, ClassVar

from django.db.models import DateField, F, Func, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from allocations.enums import Stopped
from allocations.stop_sell import why_stopped
from common.json_types import OneOf
from common.rest.parsing import malformed
from common.rest.values import DayText, IdText, MomentText, Omittable, Query
from events.enums import Changing, EventStatus
from events.models import Event
from events.selectors import changed_since
from partners.api import availability, openapi, pages
from partners.api.callers import (
    READ_EVENTS,
    Caller,
    Need,
    no_event_of_channel,
    only_seen_events,
    require_event,
)
from partners.api.event_answers import (
    EventJson,
    EventWithItemsJson,
    present_event,
    present_items,
)
from partners.api.view import ApiView

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class ChannelQuery(Query):
    """Whose terms and numbers are asked for."""

    channel: Omittable[IdText] = None
    """For a signed-in person: which channel. A key has its own, and may leave it out."""


class EventsQuery(ChannelQuery, pages.PageQuery):
    """Which events are listed."""

    date_from: Omittable[DayText] = None
    """Events that start on this day or later, at the venue."""
    date_to: Omittable[DayText] = None
    """Events that start on this day or earlier, at the venue."""
    venue: Omittable[IdText] = None
    """Events at this venue."""
    status: Omittable[Annotated[str, OneOf(EventStatus.values)]] = None
    """Events in this state; a key never finds one in `DRAFT`."""
    modified_since: Omittable[MomentText] = None
    """
    Events of which anything has changed since then: its own details, its items, prices, listings, stops
    or terms. One that changed in the minute before may be among them.
    """
    cursor: Omittable[pages.TwoNumbers] = None


class Events(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_EVENTS}

    @extend_schema(
        operation_id="list_events",
        summary="List events",
        tags=["events"],
        parameters=openapi.parameters(EventsQuery),
        responses=openapi.answers(pages.Page[EventJson], 400),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(EventsQuery)
        events = find_events(self.caller, query)
        return Response(pages.page(request, events, query.page_size, position_of, present_event))


class OneEvent(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_EVENTS}

    @extend_schema(
        operation_id="get_event",
        summary="One event with its items",
        tags=["events"],
        parameters=openapi.parameters(ChannelQuery),
        responses=openapi.answers(EventWithItemsJson, 400),
    )
    def get(self, request: Request, event_id: int) -> HttpResponseBase:
        del request
        channel = self.query(ChannelQuery).channel
        event = _seen_by(self.caller, channel).filter(pk=event_id).first()
        if event is None:
            raise no_event_of_channel()
        answer: EventWithItemsJson = {
            **present_event(event),
            "items": present_items(event, channel or self.caller.channel_id),
        }
        return Response(answer)


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
        parameters=[*openapi.parameters(ChannelQuery), *openapi.CONDITIONAL],
        responses=openapi.answers(availability.AvailabilityJson, 400) | {304: openapi.UNCHANGED},
    )
    def get(self, request: Request, event_id: int) -> HttpResponseBase:
        channel = self.caller.channel(self.query(ChannelQuery).channel)
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


def find_events(caller: Caller, query: EventsQuery) -> QuerySet[Event]:
    """In the order of their dates, from the cursor on."""
    terms = Q()
    if query.venue:
        terms &= Q(venue_id=query.venue)
    if query.status:
        terms &= Q(status=query.status)
    if query.modified_since:
        terms &= Q(pk__in=changed_since(Changing.EVENT, query.modified_since))
    if query.cursor:
        starts_at, pk = query.cursor
        moment = _moment(starts_at)
        terms &= Q(starts_at__gt=moment) | Q(starts_at=moment, pk__gt=pk)
    events = _seen_by(caller, query.channel).filter(terms).order_by("starts_at", "pk")
    return _between(events, query.date_from, query.date_to)


def _between(events: QuerySet[Event], first: date | None, last: date | None) -> QuerySet[Event]:
    """Days are those of each event's own venue; the zone-free bounds around them use the index."""
    if first is None and last is None:
        return events
    zoned = Func(F("venue__time_zone"), F("starts_at"), function="timezone")
    events = events.alias(local_day=Cast(zoned, DateField()))
    if first is not None:
        events = events.filter(local_day__gte=first, starts_at__gte=_midnight(first, -1))
    if last is not None:
        events = events.filter(local_day__lte=last, starts_at__lt=_midnight(last, 2))
    return events


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
