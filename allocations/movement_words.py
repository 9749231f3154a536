"""A ledger line in words: which counters it changed, and which drawing terms, from what to what."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from allocations.models import Movement, Stock
from common import text
from common.history_words import NOTHING, Step

COUNTERS = {
    "quantity": _("quantity"),
    "held": _("held"),
    "sold": _("sold"),
    "drawn": _("drawn"),
}
MOMENTS = frozenset({"draws_from", "draws_until", "releases_at"})
TERMS = {
    "draws_on_id": _("draws on"),
    "draws_from": _("draws from"),
    "draws_until": _("draws until"),
    "ceiling": _("ceiling"),
    "releases_at": _("unsold units are released at"),
}


def steps_of_movement(
    movement: Movement, rows: Mapping[int, str], zone: ZoneInfo
) -> Iterator[Step]:
    """``rows`` names the stock rows of the event by their numbers."""
    for name, label in COUNTERS.items():
        delta, after = getattr(movement, f"delta_{name}"), getattr(movement, name)
        if delta:
            yield Step(capfirst(str(label)), text.number(after - delta), text.number(after))
    yield from steps_of_terms(movement, rows, zone)


def steps_of_terms(movement: Movement, rows: Mapping[int, str], zone: ZoneInfo) -> Iterator[Step]:
    if movement.terms is None:
        return
    before, after = movement.terms["before"], movement.terms["after"]
    for name, label in TERMS.items():
        if before[name] != after[name]:
            words = [_term(name, side[name], rows, zone) for side in (before, after)]
            yield Step(capfirst(str(label)), *words)


def named_rows(event_id: int) -> dict[int, str]:
    """The stock rows of an event by their numbers."""
    rows = Stock.objects.filter(event=event_id).select_related(
        "pool", "channel", "item", "listing__item", "listing__channel"
    )
    return {row.pk: str(row) for row in rows}


def _term(name: str, value: Any, rows: Mapping[int, str], zone: ZoneInfo) -> str:
    if value is None:
        return NOTHING
    if name in MOMENTS:
        return text.moment(datetime.fromisoformat(value), zone)
    return rows.get(value, NOTHING) if name == "draws_on_id" else text.number(value)
