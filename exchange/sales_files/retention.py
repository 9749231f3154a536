"""The bytes of sales files are forgotten after a month, their lines once nothing can be done with them any more.

Nothing rests on the lines then: what a later file is held against, and what an undo turns around, are the reports; what
could not be read stands in its report and its conflict; the counts and the first problems stand with the file.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from exchange.models import FILE_KEPT
from offline.enums import FileState, LinesState
from offline.models import SalesFile

# After it was booked, undone or rejected people look at its rows as long as at the file itself.
AFTER_THE_END = FILE_KEPT
# What could still be booked, or refunded, waits so long for somebody to say so.
WAITS = timedelta(days=180)
LINES_AT_ONCE = 10_000
# Of one run, which comes by the hour: it holds up no other work of its worker.
LINES_A_RUN = 200_000


def forget_content(*, now: datetime) -> int:
    """Drop the bytes of files that were uploaded a month ago and are read; returns of how many."""
    old = SalesFile.objects.filter(uploaded_at__lt=now - FILE_KEPT, content__isnull=False)
    return old.exclude(state__in=(FileState.WAITING, FileState.CHECKING)).update(content=None)


def forget_lines(*, now: datetime) -> int:
    """Delete such lines, so many at most; returns how many.

    A file is marked before its first line goes: of half a file nothing is booked.
    """
    SalesFile.objects.filter(_due(now), lines_state=LinesState.KEPT).update(
        lines_state=LinesState.LEAVING
    )
    forgotten = 0
    leaving = SalesFile.objects.filter(lines_state=LinesState.LEAVING).order_by("pk")
    for file_id in leaving.values_list("pk", flat=True):
        while forgotten < LINES_A_RUN:
            count = _delete_some(file_id)
            forgotten += count
            if count < LINES_AT_ONCE:
                SalesFile.objects.filter(pk=file_id).update(lines_state=LinesState.FORGOTTEN)
                break
    return forgotten


def _due(now: datetime) -> Q:
    booked = Q(state=FileState.DONE)
    nothing_gone = Q(is_whole=False) | Q(summary__gone=0) | Q(summary__gone__isnull=True)
    is_over = Q(state=FileState.UNDONE) | (booked & nothing_gone)
    unread = Q(state=FileState.REJECTED) | Q(state=FileState.FAILED, checked_at=None)
    can_be_booked = Q(state__in=(FileState.CHECKED, FileState.FAILED))
    return (
        (is_over & Q(finished_at__lt=now - AFTER_THE_END))
        | (unread & Q(uploaded_at__lt=now - AFTER_THE_END))
        | (booked & Q(finished_at__lt=now - WAITS))
        | (can_be_booked & Q(checked_at__lt=now - WAITS))
    )


def _delete_some(file_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM offline_fileline WHERE id IN"
            " (SELECT id FROM offline_fileline WHERE file_id = %s ORDER BY row LIMIT %s)",
            [file_id, LINES_AT_ONCE],
        )
        return int(cursor.rowcount)
