"""Due reports are made and handed to the outbox of the alerts, each once; what is missed is made once.

One transaction claims the schedule, writes the messages, and says when it is due next: whatever is killed, it is all or nothing.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.selectors import rehearsals
from alerts.models import Mailing
from alerts.services import may_read, send_mailing
from common.sheets import csv_lines, workbook
from planning.enums import Attached
from planning.models import ReportRun, ReportSchedule
from planning.reports.catalog import REPORTS
from planning.reports.files import MAX_IN_CSV, MAX_IN_WORKBOOK, sheet_of
from planning.reports.scope import Scope
from planning.reports.table import Row, Table
from planning.reports.words import cells_of
from planning.schedules.timing import days_of, latest_due, next_due

logger = logging.getLogger(__name__)

MAX_ROWS = 50  # in the mail
# A file that mail servers take.
LARGEST_FILE = 5_000_000
TRIES, TRY_AGAIN = 3, timedelta(minutes=5)


def plan_next(schedule: ReportSchedule, now: datetime) -> None:
    """Say when it is due next, as it is set now. Of a schedule that is saved by its page."""
    schedule.next_at = next_due(schedule, now) if schedule.is_active else None
    schedule.tries, schedule.not_before = 0, None


def run_due(now: datetime, most: int = 20) -> int:
    """Make the reports that are due, as far as ``most``; how many schedules were taken."""
    for number in range(most):
        if not _run_one(now):
            return number
    return most


def _run_one(now: datetime) -> bool:
    schedule_id = None
    try:
        with transaction.atomic():
            schedule = _claim(now)
            if schedule is None:
                return False
            schedule_id = schedule.pk
            _make(schedule, now)
    except Exception as error:  # whatever ails one report, the others are made
        if schedule_id is None:
            raise
        logger.exception("Scheduled report %d could not be made.", schedule_id)
        _note_failure(schedule_id, type(error).__name__, now)
    return True


def _claim(now: datetime) -> ReportSchedule | None:
    due = ReportSchedule.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    due = due.exclude(venue__in=rehearsals())
    due = due.filter(Q(not_before=None) | Q(not_before__lte=now), is_active=True, next_at__lte=now)
    return due.select_related("venue").order_by("next_at", "pk").first()


def _make(schedule: ReportSchedule, now: datetime) -> None:
    due = latest_due(schedule, schedule.next_at or now, now)
    mailing = _mailing(schedule, due)
    people = list(schedule.people.order_by("pk"))
    endpoints = list(schedule.endpoints.select_related("team", "person").order_by("pk"))
    messages = send_mailing(mailing, people, endpoints, now)
    without = [person for person in people if not may_read(mailing, person)]
    ReportRun.objects.create(
        schedule=schedule,
        due_at=due,
        mailing=mailing,
        messages=messages,
        note=_note(messages, len(without)),
    )
    _go_on(schedule, now)


def _note(messages: int, without: int) -> str:
    parts = []
    if not messages:
        parts.append(_("There was nobody to send it to."))
    if without:
        parts.append(
            ngettext(
                "%d person may not read it any more.",
                "%d people may not read it any more.",
                without,
            )
            % without
        )
    return " ".join(parts)


def _go_on(schedule: ReportSchedule, now: datetime) -> None:
    plan_next(schedule, now)
    # By the manager: no history of what the clock does.
    ReportSchedule.objects.filter(pk=schedule.pk).update(
        next_at=schedule.next_at, tries=0, not_before=None
    )


def _note_failure(schedule_id: int, why: str, now: datetime) -> None:
    """Tried again in some minutes; then given up until the next time, which its page says."""
    with transaction.atomic():
        schedule = (
            ReportSchedule.objects.select_for_update(of=("self",), no_key=True)
            .select_related("venue")
            .get(pk=schedule_id)
        )
        if schedule.tries + 1 < TRIES:
            ReportSchedule.objects.filter(pk=schedule_id).update(
                tries=schedule.tries + 1, not_before=now + TRY_AGAIN
            )
            return
        due = latest_due(schedule, schedule.next_at or now, now)
        text = _("It could not be made (%s).") % why
        ReportRun.objects.get_or_create(schedule=schedule, due_at=due, defaults={"note": text})
        _go_on(schedule, now)


def scope_of(schedule: ReportSchedule, due: datetime) -> Scope:
    first, last = days_of(schedule.period, due.astimezone(schedule.venue.zone).date())
    return Scope(
        [schedule.venue],
        first,
        last,
        schedule.series_id,
        schedule.event_id,
        schedule.channel_id,
    )


def _mailing(schedule: ReportSchedule, due: datetime) -> Mailing:
    report, scope = REPORTS[schedule.report], scope_of(schedule, due)
    table = report.build(scope, report.default_group)
    name, content = _file(schedule, table, scope)
    days = date_format(scope.first, "j M Y")
    if scope.last != scope.first:
        days = f"{days} – {date_format(scope.last, 'j M Y')}"
    lead = [str(report.title), days if report.days else "", table.about, table.note]
    more = ""
    if len(table.rows) > MAX_ROWS:
        more = _("The first %(shown)d of %(all)d rows.") % {
            "shown": MAX_ROWS,
            "all": len(table.rows),
        }
    return Mailing(
        venue=schedule.venue,
        subject=f"{schedule.name}, {days}" if report.days else schedule.name,
        lead=" · ".join(part for part in lead if part)[:300],
        columns=[[column.title, column.is_number] for column in table.columns],
        rows=_cells(table, table.rows[:MAX_ROWS]),
        totals=_cells(table, table.totals),
        more=more,
        path=_path(schedule, scope),
        file=content,
        file_name=name,
        permissions=list(report.permissions),
    )


def _cells(table: Table, rows: Sequence[Row]) -> list[list[str]]:
    return [cells_of(table, row) for row in rows]


def _path(schedule: ReportSchedule, scope: Scope) -> str:
    query = {
        "venue": schedule.venue_id,
        "series": schedule.series_id,
        "event": schedule.event_id,
        "channel": schedule.channel_id,
    }
    if REPORTS[schedule.report].days is not None:
        query |= {"first": scope.first.isoformat(), "last": scope.last.isoformat()}  # type: ignore[dict-item]
    words = {name: value for name, value in query.items() if value is not None}
    return f"{reverse('reports:report', args=(schedule.report,))}?{urlencode(words)}"


def _file(schedule: ReportSchedule, table: Table, scope: Scope) -> tuple[str, bytes | None]:
    """What does not fit into a mail is downloaded from the page."""
    kind = schedule.attached
    maximum = MAX_IN_CSV if kind == Attached.CSV else MAX_IN_WORKBOOK
    if kind == Attached.NONE or len(table.rows) > maximum:
        return "", None
    sheet = sheet_of(str(REPORTS[schedule.report].title), table)
    if kind == Attached.CSV:
        content = "".join(csv_lines(sheet)).encode()
    else:
        with workbook([sheet]) as book:
            content = book.read()
    if len(content) > LARGEST_FILE:
        return "", None
    return f"{schedule.report}-{scope.last.isoformat()}.{kind.lower()}", content
