"""Keeping the safety buffers of channels that report late: worked out after each sync, and while one is overdue.

An event is a transaction of its own, which waits briefly for what somebody else has: one that is stuck, or broken, holds
up no other and is tried again seconds later. It has the event's watch row, as the rules and the forecasts have it while
they move units of it, so that no two of them ever do at once.
"""

import json
import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from allocations.enums import REPORTS_LATE
from allocations.setup import EventSetup
from common.actor import SYSTEM
from common.patience import unless_taken
from common.text import number
from events.models import Event
from offline.buffer_reading import read_buffers
from offline.buffers import Buffer, State
from sales import booking_sql
from transfers.enums import Origin, TransferStatus
from transfers.errors import AlreadyDecidedError
from transfers.models import EventWatch, Transfer
from transfers.services import BufferMove, move_buffers, withdraw

logger = logging.getLogger(__name__)

# Events a round, and seconds: others wait in the same queue, and the next round is seconds off.
MAX_EVENTS = 50
MAX_SECONDS = 2.0
# A row that needs a buffer is looked at so often, and where it has less than it needs so often.
EVERY, SOON = timedelta(minutes=10), timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DUE = Path(__file__).with_name("buffers_due.sql").read_text()


@dataclass(frozen=True, slots=True)
class _Fresh:
    """Channels that have synced since their buffers were worked out: up to which sync that was, and their newest."""

    channels: list[int]
    seen: list[int]
    newest: list[int]


def keep_buffers(now: datetime) -> list[Transfer]:
    """Work out what is due, and ask for what moves. Returns the transfers."""
    fresh = _fresh()
    due = _due(fresh, now)
    made: list[Transfer] = []
    all_done = len(due) < MAX_EVENTS
    began = monotonic()
    for event_id, row_ids in due:
        if monotonic() - began > MAX_SECONDS:
            all_done = False
            break
        try:
            transfers = unless_taken(partial(_keep, event_id, row_ids, fresh, now), None)
        except Exception:
            logger.exception("The safety buffers of event %d could not be worked out.", event_id)
            transfers = None
        all_done = all_done and transfers is not None
        made += transfers or []
    if all_done:
        _note_seen(fresh)
    return made


# A channel of which nothing is new costs one look-up in an index; one that is given a buffer has something new then.
_FRESH = """
SELECT k.id, coalesce(w.sync_id, 0), n.id
  FROM allocations_saleschannel k
  LEFT JOIN offline_bufferwatch w ON w.channel_id = k.id
 CROSS JOIN LATERAL (SELECT id FROM offline_sync WHERE channel_id = k.id ORDER BY id DESC LIMIT 1) n
 WHERE k.connectivity = ANY (%s) AND k.safety_buffer AND n.id > coalesce(w.sync_id, 0)
"""
_SEEN = """
INSERT INTO offline_bufferwatch (channel_id, sync_id)
SELECT * FROM unnest(%s::bigint[], %s::bigint[])
    ON CONFLICT (channel_id) DO UPDATE SET sync_id = greatest(offline_bufferwatch.sync_id, excluded.sync_id)
"""


def _fresh() -> _Fresh:
    with connection.cursor() as cursor:
        cursor.execute(_FRESH, [list(REPORTS_LATE)])
        rows = cursor.fetchall()
    return _Fresh([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


def _note_seen(fresh: _Fresh) -> None:
    if fresh.channels:
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, [fresh.channels, fresh.newest])


def _due(fresh: _Fresh, now: datetime) -> list[tuple[int, list[int]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            {
                "channels": fresh.channels,
                "seen": fresh.seen,
                "newest": fresh.newest,
                "now": now,
                "maximum": MAX_EVENTS,
            },
        )
        due: list[tuple[int, list[int]]] = cursor.fetchall()
    return due


def _keep(event_id: int, row_ids: Collection[int], fresh: _Fresh, now: datetime) -> list[Transfer]:
    _claim(event_id)
    setup = booking_sql.look(event_id).setup
    channels = {setup.rows[pk].channel_id for pk in row_ids if pk in setup.rows}
    buffers = read_buffers(setup, [pk for pk in channels if pk is not None], now)
    _withdraw_needless(buffers, now)
    newest = dict(zip(fresh.channels, fresh.newest, strict=True))
    moves = [move for buffer in buffers if (move := _move(buffer, setup, now)) is not None]
    transfers = move_buffers(moves, now=now) if moves else []
    # Only now: whoever has stock locked may write these rows too, and never the other way round.
    _write(buffers, newest, now)
    return transfers


def _withdraw_needless(buffers: Collection[Buffer], now: datetime) -> None:
    """What waits for an approval and nobody needs any more, or would take what is needed by now."""
    waiting = [buffer for buffer in buffers if buffer.pending.own]
    fed = [buffer.row.pk for buffer in waiting if not buffer.missing]
    short = [buffer.row.pk for buffer in waiting if buffer.missing]
    needless = Transfer.objects.filter(
        Q(target__in=fed) | Q(source__in=short),
        origin=Origin.BUFFER,
        status=TransferStatus.REQUESTED,
    )
    for transfer_id in needless.order_by("pk").values_list("pk", flat=True):
        with suppress(AlreadyDecidedError):
            withdraw(transfer_id, by=SYSTEM, note=_("It is not needed any more."), now=now)


def _claim(event_id: int) -> None:
    EventWatch.begin(Event.objects.filter(pk=event_id))
    EventWatch.objects.select_for_update(of=("self",)).get(pk=event_id)


def _move(buffer: Buffer, setup: EventSetup, now: datetime) -> BufferMove | None:
    if buffer.shared is None:
        return None
    source, target, units, reason = buffer.shared, buffer.row, buffer.top_up, _reason_to_add(buffer)
    if not units:
        end = setup.window.end or now
        source, target, units = buffer.row, buffer.shared, buffer.give_back(now, end)
        reason = _reason_to_give_back(buffer)
    return BufferMove(source, target, units, reason, buffer.numbers) if units else None


def _reason_to_add(buffer: Buffer) -> str:
    values = {
        "channel": buffer.row.channel,
        "needed": number(buffer.needed or 0),
        "hours": number(round(buffer.hours)),
        "one_in": number(buffer.one_in),
        "have": number(buffer.set_aside),
    }
    return (
        _(
            "Safety buffer: %(channel)s may sell up to %(needed)s within the %(hours)s hours from one sync to the "
            "next (more once in %(one_in)s times) and has %(have)s set aside."
        )
        % values
    )


def _reason_to_give_back(buffer: Buffer) -> str:
    values = {
        "channel": buffer.row.channel,
        "needed": number(buffer.needed or 0),
        "have": number(buffer.set_aside),
    }
    if buffer.state is State.OVER:
        text = _(
            "Safety buffer: %(channel)s sells no more and has reported: what is unsold of it goes back."
        )
    elif buffer.without is not None:
        text = _("Safety buffer: %(channel)s has none any more: what is unsold of it goes back.")
    else:
        text = _(
            "Safety buffer: %(channel)s needs %(needed)s from one sync to the next and has had clearly more for a "
            "while, %(have)s now."
        )
    return text % values


# The newest sync of a channel that did not sync since is on the row already.
_WRITE = """
INSERT INTO allocations_safetybuffer (stock_id, needed, units, lent, sync_id, ample_since, idle_since, due_at)
SELECT r.stock_id, r.needed, r.units, 0, r.sync_id, r.ample_since, r.idle_since, r.due_at
  FROM jsonb_to_recordset(%s::jsonb) AS r (stock_id bigint, needed integer, units integer, sync_id bigint,
       ample_since timestamptz, idle_since timestamptz, due_at timestamptz)
 ORDER BY r.stock_id
    ON CONFLICT (stock_id) DO UPDATE
   SET needed = excluded.needed, units = excluded.units, ample_since = excluded.ample_since,
       idle_since = excluded.idle_since, due_at = excluded.due_at,
       sync_id = greatest(allocations_safetybuffer.sync_id, excluded.sync_id),
       lent = least(allocations_safetybuffer.lent,
                    (SELECT quantity - held - sold FROM allocations_stock WHERE id = excluded.stock_id))
"""


def _write(buffers: Collection[Buffer], newest: Mapping[int, int], now: datetime) -> None:
    rows = [
        {
            "stock_id": buffer.row.pk,
            "needed": buffer.needed,
            "units": max((buffer.needed or 0) - buffer.leased, 0),
            "sync_id": newest.get(buffer.row.channel_id or 0, 0),
            "ample_since": _text(buffer.ample_since or now) if buffer.is_ample else None,
            "idle_since": _text(buffer.idle_since),
            "due_at": _text(_due_at(buffer, now)),
        }
        for buffer in buffers
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [json.dumps(rows)])


def _due_at(buffer: Buffer, now: datetime) -> datetime | None:
    """When it is looked at again, if no sync comes before."""
    if not buffer.needed and not buffer.lent:
        return None
    if buffer.missing:
        return now + SOON
    if buffer.reported_at is None:
        return now + EVERY
    # When the next report is overdue, more is needed.
    return min(max(buffer.reported_at + buffer.hours * _HOUR, now + SOON), now + EVERY)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
