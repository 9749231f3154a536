"""Reading a statement from the ledger. As many statements however many pools, sales and changes.

What people and services did to a row stands in it one by one; what sales have drawn from open stock
and given back, summed by day, so that it stays readable, and small, at a million sales.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from allocations.enums import SETUP_MOVEMENTS, MovementKind
from allocations.models import Movement
from allocations.unreported import Unreported
from common.errors import InvalidInputError

EDGES = Path(__file__).with_name("edges.sql").read_text()
SUMS = Path(__file__).with_name("sums.sql").read_text()


class LineKind(StrEnum):
    """Of the kinds of movements those beside sales, and the two sums of what sales did."""

    CAPACITY = MovementKind.CAPACITY.value
    MOVE = MovementKind.MOVE.value
    PLAN = MovementKind.PLAN.value
    RELEASE_BACK = MovementKind.RELEASE_BACK.value
    TERMS = MovementKind.TERMS.value
    KILL = MovementKind.KILL.value
    PUT_BACK = MovementKind.PUT_BACK.value
    DRAWN = "DRAWN"
    GIVEN_BACK = "GIVEN_BACK"


class Numbers(NamedTuple):
    """A row's counters."""

    quantity: int
    held: int
    sold: int
    drawn: int

    @property
    def free(self) -> int:
        return self.quantity - self.held - self.sold


class StatementError(Exception):
    """The lines do not lead from the opening to the closing balance: something is badly wrong."""


@dataclass(frozen=True, slots=True)
class Edges:
    """A stock row's ledger in a period: the movements after version ``first`` up to ``last``.

    ``unreported``: beside the account and in none of its numbers, what a channel that reports late may have sold since.
    """

    stock_id: int
    first: int
    opening: int
    last: int
    closing: Numbers
    now: datetime
    unreported: Unreported | None = None

    @property
    def fingerprint(self) -> tuple[int, int, int, Unreported | None]:
        """Another one whenever the account of the row is another, or what stands beside it."""
        return self.stock_id, self.first, self.last, self.unreported


@dataclass(frozen=True, slots=True)
class Change:
    """One line: ``units`` more (or fewer) at ``at``, and the ``balance`` after.

    ``since`` is the first moment of a day's sum, whose last is ``at``; ``movement`` is that of a
    single change.
    """

    kind: LineKind
    at: datetime
    units: int
    balance: int
    since: datetime | None = None
    movement: Movement | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A row's balance, every change of its quantity in order, and its balance then."""

    edges: Edges
    changes: tuple[Change, ...]


class _Sum(NamedTuple):
    since: datetime
    at: datetime
    drawn: int
    given_back: int


def edges_of(
    event_id: int, channel_id: int, since: datetime | None, until: datetime | None
) -> list[Edges]:
    """From ``since`` (included) until ``until`` (excluded); ``None``: from the beginning, until now.

    Raises ``InvalidInputError`` for a period that ends before it begins.
    """
    if since is not None and until is not None and until <= since:
        raise InvalidInputError("The period ends before it begins.", field="until")
    period = {"event": event_id, "channel": channel_id, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(EDGES, period)
        return [_edges(row) for row in cursor.fetchall()]


def _edges(row: Sequence[Any]) -> Edges:
    stock_id, first, opening, last, *rest = row
    closing, version, present = Numbers(*rest[:4]), rest[4], Numbers(*rest[5:9])
    unreported = Unreported.of_json(json.loads(rest[10])) if rest[10] else None
    edges = Edges(stock_id, first, opening, last, closing, rest[9], unreported)
    if last == version and closing != present:
        message = f"The ledger of stock row {stock_id} ends in {closing}, the row has {present}."
        raise StatementError(message)
    return edges


def accounts_of(edges: Sequence[Edges], zone: ZoneInfo) -> list[Account]:
    """Raises ``StatementError`` if lines and balances do not agree, whatever the cause."""
    changes = _changes_beside_sales(edges)
    sums = _sums(edges, changes, zone)
    return [_account(row_edges, changes[row_edges.stock_id], sums) for row_edges in edges]


def _changes_beside_sales(edges: Sequence[Edges]) -> dict[int, list[Movement]]:
    """Those of each row in its period, in order."""
    period = {row_edges.stock_id: row_edges for row_edges in edges}
    by_row: dict[int, list[Movement]] = {row_edges.stock_id: [] for row_edges in edges}
    # Without an order or a range of versions: either would lead the planner through all the sales.
    rows = Movement.objects.filter(stock__in=list(period), kind__in=SETUP_MOVEMENTS)
    for movement in rows.select_related("user").order_by():
        own = period[movement.stock_id]
        if own.first < movement.version <= own.last:
            by_row[movement.stock_id].append(movement)
    for movements in by_row.values():
        movements.sort(key=lambda movement: movement.version)
    return by_row


def _sums(
    edges: Sequence[Edges], changes: dict[int, list[Movement]], zone: ZoneInfo
) -> dict[tuple[int, int], list[_Sum]]:
    """(stock row, version after which its stretch begins) → what sales did in it, day by day."""
    stocks, lows, highs = [], [], []
    for row_edges in edges:
        versions = [movement.version for movement in changes[row_edges.stock_id]]
        for low, high in zip(
            [row_edges.first, *versions], [*versions, row_edges.last + 1], strict=True
        ):
            if high - low > 1:
                stocks.append(row_edges.stock_id)
                lows.append(low)
                highs.append(high)
    if not stocks:
        return {}
    sums: dict[tuple[int, int], list[_Sum]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"zone": zone.key, "stocks": stocks, "lows": lows, "highs": highs})
        for stock, low, *values in cursor.fetchall():
            sums.setdefault((stock, low), []).append(_Sum(*values))
    return sums


def _account(
    edges: Edges, movements: Sequence[Movement], sums: dict[tuple[int, int], list[_Sum]]
) -> Account:
    changes = tuple(_changes(edges, movements, sums))
    balance = changes[-1].balance if changes else edges.opening
    if balance != edges.closing.quantity:
        message = (
            f"The statement of stock row {edges.stock_id} leads to {balance}, the ledger to "
            f"{edges.closing.quantity}."
        )
        raise StatementError(message)
    return Account(edges, changes)


def _changes(
    edges: Edges, movements: Sequence[Movement], sums: dict[tuple[int, int], list[_Sum]]
) -> Iterator[Change]:
    """In order, each with the balance that the ones before lead to."""
    balance = edges.opening
    for low, movement in zip(
        [edges.first, *(movement.version for movement in movements)],
        [*movements, None],
        strict=True,
    ):
        for day_sum in sums.get((edges.stock_id, low), ()):
            for kind, units in (
                (LineKind.DRAWN, day_sum.drawn),
                (LineKind.GIVEN_BACK, day_sum.given_back),
            ):
                if units:
                    balance += units
                    yield Change(kind, day_sum.at, units, balance, since=day_sum.since)
        if movement is None:
            return
        balance += movement.delta_quantity
        if balance != movement.quantity:
            message = (
                f"The statement of stock row {edges.stock_id} leads to {balance} at version "
                f"{movement.version}, the ledger to {movement.quantity}."
            )
            raise StatementError(message)
        kind = LineKind(movement.kind)
        yield Change(kind, movement.at, movement.delta_quantity, balance, movement=movement)
