"""What a channel has of an event now, and the plan behind it, in numbers and in plain language."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, ClassVar, cast

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from allocations.counters import Reading, UnsettledError, read_setup
from allocations.enums import Draws
from allocations.models import AllocationPlan, SalesChannel, Stock
from allocations.plans.text.comparing import told
from allocations.plans.text.document import Document, PoolPart, document_of
from allocations.plans.text.given import Given
from allocations.setup import EventSetup
from allocations.unreported import UnreportedJson
from common.clock import utc
from common.errors import NotFoundError
from common.json_types import Count, JsonSchema, Moment, OneOf, RowId
from common.rest.values import IdText
from events.enums import EventStatus
from events.models import Event
from idempotency.errors import BusyError
from partners.api import openapi
from partners.api.availability import listed
from partners.api.callers import READ_EVENTS, Need, only_seen_events, require_event
from partners.api.events import ChannelQuery, matches
from partners.api.view import ApiView
from sales.offers import offer_of
from sales.rules import find_channel


class AllocationQuery(ChannelQuery):
    """Of which event."""

    event: IdText
    """An event that the channel lists."""


class PoolItemJson(TypedDict):
    """An item that the channel lists and that takes from the pool."""

    id: RowId
    name: str
    units: int
    """Units of the pool that one of it takes."""
    sellable: Count
    """As availability says it."""


class DrawsOnJson(TypedDict):
    """The open stock of the pool, or the common stock of a group of channels."""

    kind: Annotated[str, OneOf((Draws.GENERAL, Draws.GROUP))]
    name: str
    """The group's; empty for the open stock of the pool."""


class TermsJson(TypedDict):
    """Where a channel may draw, from when until when, and how much."""

    draws_on: DrawsOnJson | None
    utc_draws_from: Moment | None
    utc_draws_until: Moment | None
    ceiling: int | None
    """The most that own and drawn units can be together."""


class ChannelPlanJson(TermsJson):
    """What the plan in force gives the channel. Where stock or terms differ by now, `text` says so."""

    version: int
    utc_applied_at: Moment
    reason: str
    guaranteed_units: Count
    """After rounding."""
    guaranteed_percent: (
        Annotated[str, JsonSchema(pattern=r"^[0-9]+\.[0-9]{2}$", examples=["30.00"])] | None
    )
    """Null where the plan says a number."""
    utc_releases_at: Moment | None
    """When what is unsold goes back. Null: never."""
    tier: int
    floor: int | None
    """What stays when unsold units are moved."""
    is_dynamic: bool
    """Whether unsold units may be moved to other channels."""
    note: str
    changes: list[str]
    """What this version says otherwise than the one before, as sentences."""


class AllocatedPoolJson(TypedDict):
    """A pool in which the channel has a part, perhaps an empty one."""

    id: RowId
    name: str
    quantity: int
    """The channel's units now: its own, and drawn ones."""
    held: int
    sold: int
    drawn: int
    """How many of them it has drawn."""
    free: int
    """Neither held nor sold."""
    unreported: UnreportedJson | None
    """Of a channel that reports late. It is in none of the numbers above."""
    items: list[PoolItemJson]
    plan: ChannelPlanJson | None
    text: list[str]
    """The same in plain language."""


class UndatedAllocationJson(TypedDict):
    """What one channel has of an event, and why, without the moment of reading."""

    event: RowId
    channel: RowId
    time_zone: str
    """The venue's, in which `text` tells times."""
    pools: list[AllocatedPoolJson]
    text: list[str]
    """All pools, and what holds for each of them, in plain language."""


class AllocationJson(UndatedAllocationJson):
    """What one channel has of an event, and why."""

    utc_as_of: Moment


class Allocation(ApiView):
    needs: ClassVar[dict[str, Need]] = {"GET": READ_EVENTS}

    @extend_schema(
        operation_id="get_allocation",
        summary="Your part of an event, and the plan behind it",
        description=(
            "Your own numbers in each pool, what the plan in force gives you, and the same in plain "
            "language. Send the `ETag` of the last answer as `If-None-Match`: while nothing has "
            "changed the answer is an empty 304."
        ),
        tags=["allocation"],
        parameters=[*openapi.parameters(AllocationQuery), *openapi.CONDITIONAL],
        responses=openapi.answers(AllocationJson, 400) | {304: openapi.UNCHANGED},
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(AllocationQuery)
        channel_id = self.caller.channel(query.channel)
        with only_seen_events(self.caller, channel_id, query.event):
            setup, reading = _read(query.event, channel_id)
        if setup.status == EventStatus.DRAFT:
            require_event(self.caller, channel_id, setup.id)
        event = Event.objects.select_related("venue").get(pk=setup.id)
        channel = SalesChannel.objects.get(pk=channel_id)
        document = document_of(event, channel, reading.now)
        undated = present(document, setup, reading)
        etag = _etag(undated)
        answer: HttpResponseBase
        if matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
            answer = HttpResponse(status=304)
            del answer["Content-Type"]
        else:
            allocation: AllocationJson = {**undated, "utc_as_of": utc(reading.now)}
            answer = Response(allocation)
        answer["ETag"] = etag
        return answer


def _read(event_id: int, channel_id: int) -> tuple[EventSetup, Reading]:
    """Raises ``NotFoundError`` when the channel lists nothing of the event."""
    try:
        setup_and_reading = read_setup(event_id)
    except UnsettledError:
        raise BusyError("The event's set-up keeps changing. Try again.") from None
    except Event.DoesNotExist:
        setup_and_reading = None
    if setup_and_reading is None:
        raise NotFoundError(f"There is no event {event_id}.", field="event")
    find_channel(setup_and_reading[0], channel_id)
    return setup_and_reading


def _etag(allocation: UndatedAllocationJson) -> str:
    """Of all that is said but the moment: it is another one when a word is another."""
    text = json.dumps(allocation, sort_keys=True).encode()
    return f'W/"{hashlib.sha256(text).hexdigest()[:32]}"'


def present(document: Document, setup: EventSetup, reading: Reading) -> UndatedAllocationJson:
    """The document and the numbers, as partners see them."""
    return {
        "event": document.event.pk,
        "channel": document.channel.pk,
        "time_zone": document.event.venue.time_zone,
        "pools": [
            _present_pool(part, setup, reading, document.channel.pk) for part in document.parts
        ],
        "text": document.sentences,
    }


def _present_pool(
    part: PoolPart, setup: EventSetup, reading: Reading, channel_id: int
) -> AllocatedPoolJson:
    row = part.row
    # The counters of one moment with the set-up; a row made since is not among them.
    numbers: Any = reading.counters.get(row.pk, row) if row is not None else None
    return {
        "id": part.pool.pk,
        "name": part.pool.name,
        "quantity": numbers.quantity if numbers else 0,
        "held": numbers.held if numbers else 0,
        "sold": numbers.sold if numbers else 0,
        "drawn": numbers.drawn if numbers else 0,
        "free": numbers.free if numbers else 0,
        "unreported": _unreported(row, reading),
        "items": list(_items(part.pool.pk, setup, reading, channel_id)),
        "plan": _present_plan(part, part.plan, part.given, reading.now)
        if part.plan and part.given
        else None,
        "text": part.sentences,
    }


def _unreported(row: Stock | None, reading: Reading) -> UnreportedJson | None:
    estimate = reading.unreported.get(row.pk) if row is not None else None
    return estimate.to_json() if estimate is not None else None


def _items(
    pool_id: int, setup: EventSetup, reading: Reading, channel_id: int
) -> Iterator[PoolItemJson]:
    """What the channel lists of the pool, and how many of it could be sold now."""
    now: datetime = reading.now
    for item, listing in listed(setup, channel_id):
        if pool_id in item.units:
            offer = offer_of(setup, reading.counters, listing, now)
            yield {
                "id": item.id,
                "name": item.name,
                "units": item.units[pool_id],
                "sellable": offer.sellable,
            }


def _present_plan(
    part: PoolPart, plan: AllocationPlan, given: Given, now: datetime
) -> ChannelPlanJson:
    """What is in force: of units, times and terms the stock's, whatever was changed after the plan."""
    line, row = given.line, part.row
    ends = given.part.ends if row is None or given.part.is_over(now) else row.releases_at
    return {
        "version": cast("int", plan.version),  # it is in force, and so has both
        "utc_applied_at": utc(cast("datetime", plan.applied_at)),
        "reason": plan.reason,
        "guaranteed_units": given.part.units if given.own_now is None else given.own_now,
        "guaranteed_percent": None if line.percent is None else f"{line.percent:.2f}",
        "utc_releases_at": utc(ends),
        **_present_terms(row),
        "tier": line.tier,
        "floor": line.floor,
        "is_dynamic": line.is_dynamic,
        "note": plan.note,
        "changes": told(part.changes, plan.reason),
    }


def _present_terms(row: Stock | None) -> TermsJson:
    """Where it may draw, and until its window closes or the common stock ends, whichever is earlier."""
    on = row.draws_on if row else None
    ends = (
        [end for end in (row.draws_until, on.releases_at) if end is not None] if row and on else []
    )
    kind = Draws.GROUP if on is not None and on.name else Draws.GENERAL
    return {
        "draws_on": {"kind": kind, "name": on.name} if on is not None else None,
        "utc_draws_from": utc(row.draws_from) if row and on else None,
        "utc_draws_until": utc(min(ends, default=None)),
        "ceiling": row.ceiling if row else None,
    }
