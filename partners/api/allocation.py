"""What a channel has of an event now, and the plan behind it, in numbers and in plain language."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from allocations.counters import Reading, UnsettledError, read_setup
from allocations.enums import Draws
from allocations.models import SalesChannel, Stock
from allocations.plans.text.comparing import told
from allocations.plans.text.document import Document, PoolPart, document_of
from allocations.plans.text.given import Given
from allocations.setup import EventSetup
from common.clock import utc
from common.errors import NotFoundError
from events.enums import EventStatus
from events.models import Event
from idempotency.errors import BusyError
from partners.api import schema
from partners.api.availability import listed
from partners.api.callers import READ_EVENTS, Need, only_seen_events, require_event
from partners.api.events import CHANNEL, matches
from partners.api.queries import Number, Query
from partners.api.shapes import an_id
from partners.api.view import ApiView
from sales.offers import offer_of
from sales.rules import find_channel

ASKED = Query(
    {"event": Number(an_id("An event that the channel lists.")), **CHANNEL}, required=("event",)
)


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
        parameters=[*ASKED.openapi(), *schema.CONDITIONAL],
        responses=schema.answers("Allocation", 400) | {304: schema.UNCHANGED},
    )
    def get(self, request: Request) -> HttpResponseBase:
        wanted = ASKED.read(request.query_params)
        channel_id = self.caller.channel(wanted["channel"])
        with only_seen_events(self.caller, channel_id, wanted["event"]):
            setup, reading = _read(wanted["event"], channel_id)
        if setup.status == EventStatus.DRAFT:
            require_event(self.caller, channel_id, setup.id)
        event = Event.objects.select_related("venue").get(pk=setup.id)
        channel = SalesChannel.objects.get(pk=channel_id)
        document = document_of(event, channel, reading.now)
        found = present(document, setup, reading)
        etag = _etag(found)
        answer: HttpResponseBase
        if matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
            answer = HttpResponse(status=304)
            del answer["Content-Type"]
        else:
            answer = Response(found | {"utc_as_of": utc(reading.now)})
        answer["ETag"] = etag
        return answer


def _read(event_id: int, channel_id: int) -> tuple[EventSetup, Reading]:
    """Raises ``NotFoundError`` when the channel lists nothing of the event."""
    try:
        found = read_setup(event_id)
    except UnsettledError:
        raise BusyError("The event's set-up keeps changing. Try again.") from None
    except Event.DoesNotExist:
        found = None
    if found is None:
        raise NotFoundError(f"There is no event {event_id}.", field="event")
    find_channel(found[0], channel_id)
    return found


def _etag(found: dict[str, Any]) -> str:
    """Of all that is said but the moment: it is another one when a word is another."""
    said = json.dumps(found, sort_keys=True).encode()
    return f'W/"{hashlib.sha256(said).hexdigest()[:32]}"'


def present(document: Document, setup: EventSetup, reading: Reading) -> dict[str, Any]:
    """The document and the numbers, as partners see them; without the moment of reading."""
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
) -> dict[str, Any]:
    row = part.row
    # The counters of one moment with the set-up; a row made since is not among them.
    numbers: Any = reading.counters.get(row.pk, row) if row is not None else None
    names = ("quantity", "held", "sold", "drawn", "free")
    return {
        "id": part.pool.pk,
        "name": part.pool.name,
        **{name: getattr(numbers, name, 0) for name in names},
        "items": list(_items(part.pool.pk, setup, reading, channel_id)),
        "plan": _present_plan(part, part.given, reading.now) if part.given else None,
        "text": part.sentences,
    }


def _items(
    pool_id: int, setup: EventSetup, reading: Reading, channel_id: int
) -> Iterator[dict[str, Any]]:
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


def _present_plan(part: PoolPart, given: Given, now: datetime) -> dict[str, Any]:
    """What is in force: of units, times and terms the stock's, whatever was changed after the plan."""
    line, plan, row = given.line, part.plan, part.row
    ends = given.part.ends if row is None or given.part.is_over(now) else row.releases_at
    return {
        "version": plan.version if plan else None,
        "utc_applied_at": utc(plan.applied_at) if plan else None,
        "reason": plan.reason if plan else "",
        "guaranteed_units": given.part.units if given.own_now is None else given.own_now,
        "guaranteed_percent": None if line.percent is None else f"{line.percent:.2f}",
        "utc_releases_at": utc(ends),
        **_present_terms(row),
        "tier": line.tier,
        "floor": line.floor,
        "is_dynamic": line.is_dynamic,
        "note": plan.note if plan else "",
        "changes": told(part.changes, plan.reason if plan else ""),
    }


def _present_terms(row: Stock | None) -> dict[str, Any]:
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
