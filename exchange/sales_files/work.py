"""What the worker does with sales files: checks, books and undoes them, and takes up what was left lying."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.selectors import within_venues
from allocations.models import SalesChannel
from allocations.selectors import Wish, key_may, shortfalls
from common.actor import Actor
from common.errors import RefusedError
from common.refusals import is_busy
from exchange.errors import FileRefusedError
from exchange.progress import LOCK_OF_SALES_FILES, Worker, only_worker
from exchange.sales_files.booking import (
    Summary,
    Tell,
    book_file,
    pending_series,
    summary_of,
    take_back_gone,
    undo_file,
)
from exchange.sales_files.reading import open_file, read_again
from exchange.work import MAX_ATTEMPTS, MAX_STEPS, Overtaken
from offline.enums import FILE_WORK, FileState
from offline.models import SalesFile

logger = logging.getLogger(__name__)

MAY_TAKE = "offline.take_salesfile"
# Of a key: the scope of all that is reported late.
KEY_TAKES = "sync"
# What a file remembers of the rows that could not be had; the counts are of all.
MAX_SHORT = 100

ENDED_WITH_WORKER = "The worker was stopped in the middle {times} times. What was booked until then stays; ask again to go on."
BUSY = "Somebody else was changing the same events. What was booked until then stays; ask again to go on."
BROKEN = "An error of this program, which its log describes. What was booked until then stays; ask again to go on."
FORBIDDEN_TO_KEY = (
    "The key with which this was asked for has ended, or may not book sales files any more."
)
NOTHING_READABLE = "No line of it can be read. It was not booked: look at the mapping first."
FORBIDDEN = "The person who asked for this may not book sales files of this channel any more."


def work() -> int:
    """Take up files, the oldest first, until none waits; returns how many steps were taken.

    Does nothing while another process is at it.
    """
    steps = 0
    with only_worker(LOCK_OF_SALES_FILES, "offline_salesfile") as worker:
        while worker is not None and steps < MAX_STEPS:
            file = _claim()
            if file is None:
                break
            steps += 1
            _work_on(file, worker)
    return steps


def _claim() -> SalesFile | None:
    """The next file, marked as being worked on. Whoever had it before is gone: so says the lock."""
    with transaction.atomic():
        file = (
            SalesFile.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(by_worker=True, state__in=[state.value for state in FILE_WORK])
            .select_related("channel__venue", "mapping", "named_mapping")
            .defer("content")
            .order_by("pk")
            .first()
        )
        if file is None:
            return None
        file.attempts += 1
        file.state = FILE_WORK[FileState(file.state)]
        file.save(update_fields=("state", "attempts"))
        return file


def _work_on(file: SalesFile, worker: Worker) -> None:
    if file.attempts > MAX_ATTEMPTS:
        _end(file, FileState.FAILED, message=ENDED_WITH_WORKER.format(times=MAX_ATTEMPTS))
        return
    try:
        DOING[FileState(file.state)](file, worker, _who_asked(file))
    except FileRefusedError as error:
        is_check = file.state == FileState.CHECKING
        _end(file, FileState.REJECTED if is_check else FileState.FAILED, message=error.detail)
    except Overtaken:
        logger.warning("Sales file %d was taken up by another worker.", file.pk)
    except RefusedError as error:
        _end(file, FileState.FAILED, message=error.detail)
    except OperationalError as error:
        if not is_busy(error):
            raise  # the database is gone; the file is taken up when it is back
        _end(file, FileState.FAILED, message=BUSY)
    except Exception:
        logger.exception("Sales file %d failed.", file.pk)
        _end(file, FileState.FAILED, message=BROKEN)


def _who_asked(file: SalesFile) -> Actor:
    # Read now: permissions, venues and whether the account or the key is open are those of this moment.
    if (key_id := file.asked_by_key_id) is not None:
        if not key_may(key_id, file.channel_id, KEY_TAKES):
            raise FileRefusedError(FORBIDDEN_TO_KEY)
        return Actor(api_key_id=key_id)
    user = User.objects.filter(pk=file.asked_by_id or 0, is_active=True).first()
    if user is None or not user.has_perm(MAY_TAKE):
        raise FileRefusedError(FORBIDDEN)
    channels = SalesChannel.objects.filter(within_venues(user, "venue"))
    if not channels.filter(pk=file.channel_id).exists():
        raise FileRefusedError(FORBIDDEN)
    return Actor.person(user)


def _check(file: SalesFile, worker: Worker, by: Actor) -> None:
    """The dry run: its lines are kept, and nothing is booked."""
    content = bytes(file.content or b"")
    # Of a workbook nobody knows before it was read.
    total = 0 if content.startswith(b"PK") else content.count(b"\n")
    worker.tell(file.pk, 0, total, now=True)
    # Before the transaction, which the database ends if it is idle for long.
    opened = open_file(file.channel, content, file.named_mapping)
    with transaction.atomic():
        mapping = read_again(
            file, opened, by=by, tell=lambda rows: worker.tell(file.pk, rows, max(total, rows))
        )
        file.mapping = mapping
        summary = summary_of(file)
        checked = {
            "mapping": mapping,
            "summary": _remembered(file, summary),
            "checked_at": timezone.now(),
        }
        # Asked under a lock, and not when it was taken up: it may have been sent again, to be booked, meanwhile.
        own = SalesFile.objects.select_for_update().filter(pk=file.pk)
        if not own.values_list("books_itself", flat=True).get():
            _end(file, FileState.CHECKED, **checked)
        elif summary.lines == summary.unreadable:
            _end(file, FileState.CHECKED, message=NOTHING_READABLE, **checked)
        else:
            _end(file, FileState.QUEUED, attempts=0, done=0, total=0, **checked)


def _remembered(file: SalesFile, summary: Summary) -> dict[str, Any]:
    """What a file keeps of what booking it would change now."""
    wishes = (
        Wish(series.row, series.event_id, series.item_id, series.said - series.reported)
        for series in pending_series(file)
        if series.said > series.reported
    )
    short = shortfalls(file.channel_id, wishes)
    return asdict(summary) | {
        "short": [list(shortfall) for shortfall in short[:MAX_SHORT]],
        "short_rows": len(short),
        "short_tickets": sum(shortfall.tickets for shortfall in short),
    }


def _book(file: SalesFile, worker: Worker, by: Actor) -> None:
    if file.attempts == 1:  # else some of it is booked already
        summary = _remembered(file, summary_of(file))
        file.summary = summary
        file.save(update_fields=("summary",))
    conflicts = book_file(file, by=by, tell=_teller(file, worker))
    _end(
        file,
        FileState.DONE,
        summary=file.summary | {"conflicts": conflicts},
        finished_at=timezone.now(),
    )


def _refund(file: SalesFile, worker: Worker, by: Actor) -> None:
    take_back_gone(file, by=by, tell=_teller(file, worker))
    refunded = file.summary.get("gone_tickets", 0)
    _end(
        file,
        FileState.DONE,
        summary=file.summary | {"gone": 0, "gone_tickets": 0, "gone_refunded": refunded},
    )


def _undo(file: SalesFile, worker: Worker, by: Actor) -> None:
    undo_file(file, by=by, tell=_teller(file, worker))
    _end(file, FileState.UNDONE, finished_at=timezone.now())


# Each may be done again from its beginning: what was done before is known then.
DOING: dict[FileState, Callable[[SalesFile, Worker, Actor], None]] = {
    FileState.CHECKING: _check,
    FileState.BOOKING: _book,
    FileState.REFUNDING: _refund,
    FileState.UNDOING: _undo,
}


def _teller(file: SalesFile, worker: Worker) -> Tell:
    return lambda done, total: worker.tell(file.pk, done, total, now=done == total)


def _end(file: SalesFile, state: FileState, **values: object) -> None:
    """Write what became of the step. Raises ``Overtaken`` if it is not ours any more."""
    mine = SalesFile.objects.filter(
        pk=file.pk, attempts=file.attempts, state__in=(file.state, state)
    )
    if not mine.update(state=state, **values):
        raise Overtaken
