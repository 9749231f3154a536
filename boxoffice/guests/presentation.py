"""A guest list as its template wants it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _t

from boxoffice.guests.printing import last_printed
from common.text import local_time
from sales.guests.selectors import (
    find_on_lists,
    lines_of,
    unnamed_hand_outs,
    with_hand_outs,
)
from sales.models import Guest, HandOut, NamedHold

# More names than a clerk reads through.
MAX_SHOWN = 30
LAST_UNNAMED = 10


@dataclass(frozen=True, slots=True)
class Note:
    """What became of what was asked for. ``hand_out``: whose tickets can be printed at once."""

    text: str
    is_problem: bool = False
    hand_out: int | None = None


def results(
    holds: Sequence[NamedHold], text: str, zone: ZoneInfo, note: Note | None = None
) -> dict[str, object]:
    """The guests that fit ``text``, and of each hold what nobody on its list is promised."""
    matches = find_on_lists(holds, text)
    shown = with_hand_outs(matches[:MAX_SHOWN])
    unnamed = list(unnamed_hand_outs(holds)[:LAST_UNNAMED])
    given = [row for guest in shown for row in guest.hand_outs.all()]
    printed = last_printed(row.pk for row in (*given, *unnamed))
    lines = lines_of(holds)
    lines_a_hold = {hold.pk: 0 for hold in holds}
    for line in lines:
        lines_a_hold[line.block_id] += 1
    named = {hold.pk: hold for hold in holds}
    return {
        "text": text,
        "note": note,
        "guests": [_guest(guest, zone, printed, several=len(holds) > 1) for guest in shown],
        "count": len(matches),
        "more": len(matches) - len(shown),
        "holds": [
            {
                "line": line,
                "hold": named[line.block_id],
                "item": line.item.name if lines_a_hold[line.block_id] > 1 else "",
                "unnamed": line.left - line.promised,  # type: ignore[attr-defined]
                "ends": local_time(named[line.block_id].hands_back_at, zone),
                "key": str(uuid.uuid4()),
            }
            for line in sorted(lines, key=lambda line: (named[line.block_id].name, line.pk))
        ],
        "unnamed": [_hand_out(row, zone, printed) for row in unnamed],
    }


def _guest(
    guest: Guest, zone: ZoneInfo, printed: Mapping[int, datetime], *, several: bool
) -> dict[str, object]:
    return {
        "guest": guest,
        "hold": guest.block.name if several else "",
        "is_done": guest.left == 0,
        "hand_outs": [_hand_out(row, zone, printed) for row in guest.hand_outs.all()],
        "key": str(uuid.uuid4()),
    }


def _hand_out(row: HandOut, zone: ZoneInfo, printed: Mapping[int, datetime]) -> dict[str, object]:
    return {
        "row": row,
        "at": _minute(row.at, zone),
        "printed": _minute(printed[row.pk], zone) if row.pk in printed else "",
        "who": str(row.user) if row.user_id else _t("System"),
    }


def _minute(at: datetime, zone: ZoneInfo) -> str:
    return date_format(at.astimezone(zone), "j M, H:i")
