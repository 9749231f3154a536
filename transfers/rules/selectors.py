"""What the rules would ask for at this moment, and what would then have to be approved: read only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from allocations.ledger import Place
from allocations.models import Stock, Stop
from common.as_if import in_json
from events.enums import EventStatus
from events.models import Event
from transfers.enums import Need
from transfers.models import TransferRule
from transfers.rules.candidates import Candidate, candidates

# As the triggers transfers_movement_judged and transfers_terms_judged ask of each row that a plan changes.
TAKINGS = """
SELECT taken.id, taken.units, transfers_is_protected(taken.event_id, taken.id),
       transfers_needs(taken.event_id, taken.id, taken.id, taken.units, NULL, clock_timestamp(), NULL)
  FROM (SELECT before.id, before.event_id,
               CASE WHEN after.quantity - before.quantity < after.drawn - before.drawn
                         AND transfers_is_taken_from_somebody(before)
                    THEN after.drawn - before.drawn - after.quantity + before.quantity
                    WHEN transfers_sells_less(before, after, clock_timestamp()) THEN 0 END AS units
          FROM jsonb_populate_recordset(NULL::allocations_stock, %s) after
          JOIN allocations_stock before ON before.id = after.id
         WHERE NOT transfers_is_divided_freely(before.event_id)) taken
 WHERE taken.units IS NOT NULL
 ORDER BY taken.id
"""
NEEDS = """
SELECT transfers_needs(%(event)s, move.source, move.target, move.units, NULL, clock_timestamp(), NULL)
  FROM unnest(%(sources)s::bigint[], %(targets)s::bigint[], %(units)s::bigint[])
       WITH ORDINALITY AS move (source, target, units, place)
 ORDER BY move.place
"""


@dataclass(frozen=True, slots=True)
class Taking:
    """Units that a change takes from a row, or only the use of some, and why that is for another person to approve.

    ``is_protected``: nobody may take them, with an approval neither.
    """

    stock_id: int
    units: int
    is_protected: bool
    needs: tuple[Need, ...]


def takings(places: Mapping[Stock, Place]) -> list[Taking]:
    """What saved rows would lose by these places, of what cannot be taken just so. One statement."""
    after = [with_place(row, place) for row, place in places.items() if (row.pk or 0) > 0]
    if not after:
        return []
    with connection.cursor() as cursor:
        cursor.execute(TAKINGS, [in_json(after)])
        losses = [
            Taking(stock_id, units, protected, tuple(Need(need) for need in needs))
            for stock_id, units, protected, needs in cursor.fetchall()
        ]
    return [taking for taking in losses if taking.is_protected or taking.needs]


def with_place(row: Stock, place: Place) -> Stock:
    """The row as the place would have it; not for saving."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    terms = {name: getattr(place.terms, name) for name in place.terms.__dataclass_fields__}
    return Stock(**{**values, "quantity": place.quantity, "drawn": place.drawn, **terms})


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A transfer that a rule would ask for; with ``needs`` it would wait for an approval."""

    candidate: Candidate
    rule: TransferRule
    needs: tuple[Need, ...]


def foreseen(
    event: Event, rules: Mapping[int, TransferRule], now: datetime
) -> list[Foreseen] | None:
    """What the rules would ask for. ``rules``: those that may act, by id. ``None`` where none looks at the event."""
    if not _are_asked(event, now):
        return None
    matches = [match for match in candidates([event.pk], now) if match.rule_id in rules]
    routes = [Route(match.source_id, match.target_id, match.units) for match in matches]
    needs = needs_of(event, routes)
    return [
        Foreseen(match, rules[match.rule_id], whys)
        for match, whys in zip(matches, needs, strict=True)
    ]


def _are_asked(event: Event, now: datetime) -> bool:
    """Whether rules look at the event: as ``due.sql`` asks."""
    if event.status != EventStatus.ON_SALE or event.sales_close <= now:
        return False
    stops = Stop.objects.filter(kind="EVENT", target_id=event.pk).exclude(reason="")
    return not stops.exists()


class Route(NamedTuple):
    """Units from one row to another, by their ids."""

    source_id: int
    target_id: int
    units: int


def needs_of(event: Event, matches: Sequence[Route]) -> list[tuple[Need, ...]]:
    """Why another person would have to approve each, all taken by itself. One statement."""
    if not matches:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            NEEDS,
            {
                "event": event.pk,
                "sources": [match.source_id for match in matches],
                "targets": [match.target_id for match in matches],
                "units": [match.units for match in matches],
            },
        )
        return [tuple(Need(need) for need in needs) for (needs,) in cursor.fetchall()]
