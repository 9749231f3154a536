"""An event's own past, from its ledger: what was sold as stories, and what was done to stock beside them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import inf
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Sum

from allocations.enums import SETUP_MOVEMENTS, DocumentKind, MovementKind
from planning.whatif.courses import Course, Setup
from planning.whatif.demand import (
    CHANGE,
    CONFIRM,
    FROM_BLOCK,
    HAND_BACK,
    HOLD,
    SELL,
    SET_ASIDE,
    SETUP,
    Act,
    Step,
    Story,
)
from planning.whatif.scene import Scene
from planning.whatif.stock import MemoryStock
from sales.enums import BookingStatus
from sales.models import BookingLine

# What draws and gives back by itself is worked out anew.
_MOVEMENTS = """
SELECT m.id, m.stock_id, extract(epoch FROM m.at)::float8, m.kind, m.delta_quantity, m.delta_held, m.delta_sold,
       m.delta_drawn, m.document_kind, m.document_id, m.terms
  FROM allocations_stock s JOIN allocations_movement m ON m.stock_id = s.id
 WHERE s.event_id = %s AND m.kind NOT IN ('DRAW', 'UNDRAW')
 ORDER BY m.at, m.id
"""


class Line(NamedTuple):
    """A movement."""

    id: int
    stock_id: int
    at: float
    kind: str
    quantity: int
    held: int
    sold: int
    drawn: int
    document_kind: str
    document_id: int | None
    terms: str | None


@dataclass(frozen=True, slots=True)
class Booked:
    """What a booking came to: tickets and cents sold, and those given back since."""

    channel: int
    tickets: int
    cents: int
    back: int
    back_cents: int


@dataclass(frozen=True, slots=True)
class History:
    """``stories``: what was sold. ``setups``: what was done to stock beside; of both plans those of limits."""

    stories: Sequence[Story]
    setups: Sequence[tuple[Line, Setup]]

    def as_it_went(self, scene: Scene) -> tuple[Course, list[Step]]:
        """The course of the real event, with the steps that make it."""
        return self._with(scene, self.setups)

    def limits(self, course: Course) -> list[Step]:
        """The limits of items and listings at their time, which are no part of a plan: steps for its course."""
        limits = [(line, setup) for line, setup in self.setups if line.kind == MovementKind.LIMIT]
        for _line, setup in limits:
            course.begin.quantity[setup.row] = 0
        course.setups = [setup for _line, setup in limits]
        return _steps(limits)

    def _with(
        self, scene: Scene, setups: Sequence[tuple[Line, Setup]]
    ) -> tuple[Course, list[Step]]:
        course = Course(scene, MemoryStock(scene.rows), setups=[setup for _line, setup in setups])
        return course, _steps(setups)


def _steps(setups: Sequence[tuple[Line, Setup]]) -> list[Step]:
    return [
        Step(line.at, line.id, Act(SETUP, (), 0, number), -1)
        for number, (line, _setup) in enumerate(setups)
    ]


def history_of(scene: Scene) -> History:
    """Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVEMENTS, [scene.event.pk])
        lines = [Line(*values) for values in cursor.fetchall()]
    setups = [
        (line, _setup(scene, line))
        for line in lines
        if line.kind in SETUP_MOVEMENTS or line.kind == MovementKind.LIMIT
    ]
    booked = _booked(scene)
    by_document: dict[tuple[str, int | None], list[Line]] = {}
    beside = {*SETUP_MOVEMENTS, MovementKind.LIMIT}
    for line in lines:
        if line.kind not in beside:
            by_document.setdefault((line.document_kind, line.document_id), []).append(line)
    stories: list[Story] = []
    for (kind, document_id), own in by_document.items():
        number = len(stories)
        if kind == DocumentKind.BOOKING:
            stories.append(_story(scene, own, booked.get(document_id or 0), number))
        else:
            stories.append(_block(scene, own, number))
    return History(stories, setups)


def _booked(scene: Scene) -> dict[int, Booked]:
    lines = BookingLine.objects.filter(booking__event=scene.event).order_by()
    rows = lines.values_list("booking", "booking__channel", "booking__status").annotate(
        tickets=Sum("quantity"),
        amount=Sum(F("quantity") * F("unit_price")),
        back=Sum("refunded"),
        back_amount=Sum(F("refunded") * F("unit_price")),
    )
    result = {}
    for booking, channel, status, tickets, amount, refunded, back_amount in rows:
        cents = int(amount * 100)
        back = (refunded, int(back_amount * 100))
        if status == BookingStatus.CANCELLED:
            back = (tickets, cents)
        result[booking] = Booked(channel, tickets, cents, *back)
    return result


def _story(scene: Scene, lines: Sequence[Line], booked: Booked | None, number: int) -> Story:
    booking = booked or Booked(0, 0, 0, 0, 0)
    story = Story()
    groups = _groups(lines)
    back = [index for index, group in enumerate(groups) if sum(line.sold for line in group) < 0]
    has_sold = False
    held = 0
    for index, group in enumerate(groups):
        first = group[0]
        units_held = sum(line.held for line in group)
        units_sold = sum(line.sold for line in group)
        tickets = cents = 0
        if units_sold > 0 and not has_sold:
            has_sold = True
            tickets, cents = booking.tickets, booking.cents
        elif back and index == back[-1]:
            tickets, cents = -booking.back, -booking.back_cents
        kind = _kind(group)
        if kind == CONFIRM and held < units_sold:
            kind = FROM_BLOCK
            story.is_fixed = True
        held += units_held if kind != FROM_BLOCK else 0
        needs: Iterable[Any]
        if kind == CHANGE:
            needs = [(scene.by_stock[line.stock_id], line.held, line.sold) for line in group]
        else:
            needs = [
                (scene.by_stock[line.stock_id], line.sold if kind != HOLD else line.held)
                for line in group
            ]
        act = Act(kind, tuple(needs), booking.channel, booking.tickets, tickets, cents)
        story.steps.append(Step(first.at, first.id, act, number))
    return story


def _block(scene: Scene, lines: Sequence[Line], number: int) -> Story:
    """A lease or a named hold: decisions, which chance does not repeat."""
    story = Story(is_fixed=True)
    for group in _groups(lines):
        grows = sum(line.held for line in group) > 0
        needs = tuple((scene.by_stock[line.stock_id], abs(line.held)) for line in group)
        channel = next(
            (
                scene.rows[row].channel_id or 0
                for row, _units in needs
                if scene.rows[row].channel_id
            ),
            0,
        )
        act = Act(SET_ASIDE if grows else HAND_BACK, needs, channel)
        # More that is set aside later, and refused, leaves what there is.
        own = number if grows and not story.steps else -1
        story.steps.append(Step(group[0].at, group[0].id, act, own if grows else -1))
    return story


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Movements of one call of the ledger."""
    return [list(group) for _key, group in groupby(lines, lambda line: (line.at, line.kind))]


def _kind(group: Sequence[Line]) -> int:
    if all(line.held == 0 and line.sold > 0 for line in group):
        return SELL
    if all(line.held > 0 and line.sold == 0 for line in group):
        return HOLD
    if all(line.held == -line.sold and line.sold > 0 for line in group):
        return CONFIRM
    return CHANGE


def _setup(scene: Scene, line: Line) -> Setup:
    terms = None
    if line.terms is not None:
        after = json.loads(line.terms)["after"]
        draws_on = after["draws_on_id"]
        terms = (
            _seconds(after["draws_from"], -inf),
            _seconds(after["draws_until"], inf),
            inf if after["ceiling"] is None else float(after["ceiling"]),
            _seconds(after["releases_at"], inf),
            -1 if draws_on is None else scene.by_stock[draws_on],
        )
    row = scene.by_stock[line.stock_id]
    return Setup(row, line.quantity, line.held, line.sold, line.drawn, terms)


def _seconds(text: str | None, missing: float) -> float:
    return missing if text is None else datetime.fromisoformat(text).timestamp()
