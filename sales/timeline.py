"""What happened to an event: changes of its set-up and of its quantities, newest first.

Sales are left out: they are bookings, and the ledger has each of their movements.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from allocations.enums import SETUP_MOVEMENTS
from allocations.models import AllocationPlan, Listing, Movement, Stock
from allocations.movement_words import named_rows, steps_of_movement
from allocations.plans.selectors import plans_of
from allocations.selectors import channels_of_keys, key_name
from common.history_changes import changes_of, newest
from common.history_words import Step, steps_of
from events.models import Component, Event, Item, Pool


class Part(StrEnum):
    """What entries are about."""

    SETUP = "setup"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Entry:
    """``user_id`` is empty for what the system or a program did by itself."""

    at: datetime
    part: Part
    subject: str
    verb: str
    steps: Sequence[Step]
    reason: str
    who: str
    user_id: int | None
    movement_id: int | None = None
    plan: AllocationPlan | None = None
    internal_note: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: so many entries of a moment have been shown. One call makes many."""

    at: datetime
    passed: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of one part or of both, of one person or all, from and until when."""

    part: Part | None = None
    user_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None


HISTORY_VERBS = {"+": _l("made"), "~": _l("changed"), "-": _l("deleted")}


def read_timeline(
    event: Event, filters: Asked, *, maximum: int, place: Place | None = None
) -> tuple[list[Entry], Place | None]:
    """The newest entries that fit, from a place on; and the place after them, if any are left.

    Values are in words, by the venue's clock. As many statements however long the history is.
    """
    passed = place.passed if place else 0
    # Each source gives so many that what comes first of all of them is among them.
    limit = passed + maximum + 1
    candidates: list[Entry] = []
    if filters.part in {None, Part.SETUP}:
        candidates += _setup_entries(event, filters, place, limit)
    if filters.part in {None, Part.STOCK}:
        candidates += _stock_entries(event, filters, place, limit)
    candidates.sort(key=attrgetter("at"), reverse=True)
    entries = candidates[passed : passed + maximum]
    if len(candidates) <= passed + maximum or not entries:
        return entries, None
    last = entries[-1].at
    same = sum(entry.at == last for entry in candidates[: passed + maximum])
    return entries, Place(last, same)


def _setup_entries(
    event: Event, filters: Asked, place: Place | None, maximum: int
) -> Iterator[Entry]:
    items = Item.history.filter(event_id=event.pk).values("id")
    histories = (
        Event.history.filter(id=event.pk),
        Pool.history.filter(event_id=event.pk),
        Item.history.filter(event_id=event.pk),
        Component.history.filter(item_id__in=items).select_related("pool"),
        Listing.history.filter(event_id=event.pk).select_related("item", "channel"),
    )
    window = _window(filters, place, "history_date")
    if filters.user_id is not None:
        window &= Q(history_user_id=filters.user_id)
    for history in histories:
        records = newest(history.filter(window), maximum)
        changes = changes_of(records)
        for record in records:
            yield Entry(
                at=record.history_date,
                part=Part.SETUP,
                subject=_subject(record),
                verb=str(HISTORY_VERBS[record.history_type]),
                steps=steps_of(changes.get(record.history_id, ()), event.venue.zone),
                reason=record.history_change_reason or "",
                who=str(record.history_user or _("System")),
                user_id=record.history_user_id,
            )


def _subject(record: Any) -> str:
    """E.g. ``Pool Lounge``."""
    kind = capfirst(str(record.instance_type._meta.verbose_name))
    if record.instance_type is Component:
        return f"{kind} {record.units} × {record.pool}"
    if record.instance_type is Listing:
        return f"{kind} {record.item} · {record.channel}"
    return f"{kind} {record.name}"


def _stock_entries(
    event: Event, filters: Asked, place: Place | None, maximum: int
) -> Iterator[Entry]:
    # Read first: a few dozen rows with their names, to which the movements then only point.
    named = named_rows(event.pk)
    window = _window(filters, place, "at")
    if filters.user_id is not None:
        window &= Q(user_id=filters.user_id)
    movements = Movement.objects.filter(window, stock__in=list(named), kind__in=SETUP_MOVEMENTS)
    # Plus nothing: by the bare number the planner would read all sales to find these few.
    newest_first = movements.select_related("user").order_by((F("pk") + 0).desc())
    batch = list(newest_first[:maximum])
    plans = plans_of(batch)
    keys = channels_of_keys([row.api_key_id for row in batch if row.api_key_id])
    for movement in batch:
        yield Entry(
            at=movement.at,
            part=Part.STOCK,
            subject=named[movement.stock_id],
            verb=movement.get_kind_display().lower(),
            steps=list(steps_of_movement(movement, named, event.venue.zone)),
            reason=movement.reason,
            who=_who(movement, keys),
            user_id=movement.user_id,
            movement_id=movement.pk,
            plan=plans.get(movement.document_id or 0),
            internal_note=movement.internal_note,
        )


def _who(movement: Movement, keys: Mapping[int, str]) -> str:
    if movement.api_key_id:
        return key_name(movement.api_key_id, keys)
    return str(movement.user or _("System"))


def _window(filters: Asked, place: Place | None, column: str) -> Q:
    condition = Q() if place is None else Q(**{f"{column}__lte": place.at})
    if filters.since is not None:
        condition &= Q(**{f"{column}__gte": filters.since})
    if filters.before is not None:
        condition &= Q(**{f"{column}__lt": filters.before})
    return condition


def people_of(event: Event) -> list[User]:
    """Who has changed the event, its parts or its quantities."""
    rows = Stock.objects.filter(event=event).values("pk")
    movements = Movement.objects.filter(stock__in=rows, kind__in=SETUP_MOVEMENTS)
    changed = (
        Event.history.filter(id=event.pk),
        Pool.history.filter(event_id=event.pk),
        Item.history.filter(event_id=event.pk),
        Component.history.filter(item_id__in=Item.history.filter(event_id=event.pk).values("id")),
        Listing.history.filter(event_id=event.pk),
    )
    condition = Q(pk__in=movements.order_by().values("user"))
    for history in changed:
        condition |= Q(pk__in=history.order_by().values("history_user"))
    return list(User.objects.filter(condition).order_by("name", "email"))
