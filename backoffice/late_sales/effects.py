"""What of an event's stock changes when a lease is taken, or handed back."""

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext as _t

from allocations.setup import RowSetup
from backoffice.events.picture import EventPicture
from backoffice.kit.dialogs import Change
from common.errors import InvalidInputError
from common.text import number


def row_changes(picture: EventPicture, channel_id: int, tickets: Mapping[int, int]) -> list[Change]:
    """What is free of each row when so many tickets of each item are set aside, or with a minus handed back.

    As the ledger does it (docs/ledger.md): a channel draws what it lacks, and what comes back goes first to
    where it was drawn from. Raises ``InvalidInputError`` where there is not so much.
    """
    now = picture.reading.now
    free = {row_id: numbers.free for row_id, numbers in picture.reading.counters.items()}
    after = Counter(free)
    for row, units in units_by_row(picture, channel_id, tickets).items():
        drawn = 0
        if row.draws_on is not None and units < 0:
            drawn = -min(-units, picture.numbers(row.id).drawn)
        elif row.draws_on is not None and row.draw_window.includes(now):
            drawn = max(0, units - max(after[row.id], 0))
        after[row.id] -= units - drawn
        if after[row.id] < 0 or (row.draws_on is not None and after[row.draws_on] < drawn):
            room = free[row.id] + (free[row.draws_on] if drawn and row.draws_on else 0)
            raise InvalidInputError(
                _t("%(units)s units of %(pool)s are needed, %(room)s can be had.")
                % {
                    "units": number(units),
                    "pool": picture.setup.pool_names[row.pool_id or 0],
                    "room": number(room),
                }
            )
        if row.draws_on is not None:
            after[row.draws_on] -= drawn
    return [
        Change(_t("%s, free") % _named(picture, row), free[row.id], after[row.id])
        for row in picture.setup.rows.values()
        if row.pool_id is not None and after[row.id] != free[row.id]
    ]


def units_by_row(
    picture: EventPicture, channel_id: int, tickets: Mapping[int, int]
) -> dict[RowSetup, int]:
    """The channel's rows of the pools of these items, and how many units of each the tickets take."""
    units: Counter[int] = Counter()
    for item_id, count in tickets.items():
        for row_id, each in (picture.setup.listing_rows(item_id, channel_id) or {}).items():
            units[row_id] += each * count
    rows = ((picture.setup.rows[row_id], count) for row_id, count in units.items())
    return {row: count for row, count in rows if row.pool_id is not None}


def _named(picture: EventPicture, row: RowSetup) -> str:
    name = picture.row_name(row)
    if len(picture.setup.pool_names) == 1:
        return name
    return f"{name} · {picture.setup.pool_names[row.pool_id or 0]}"
