"""Many rows are changed in one statement, by what each of them has."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.bulk import update_rows
from offline.enums import Outcome
from offline.models import Conflict, Report
from tests.offline.selling import make_kiosk, report, sale

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 10, 5, 12, tzinfo=UTC)


def test_rows_of_every_kind_of_field_are_written_in_one_statement() -> None:
    stage = make_kiosk(5)
    report(stage, [sale(stage, "A", 2), sale(stage, "B", 9), sale(stage, "C", 9)])
    other, first, second = Report.objects.order_by("position")
    first.notes, second.notes = [{"code": "X", "detail": "’;--"}], []
    second.booking_id = other.booking_id
    conflict = Conflict.objects.get(report=first)
    conflict.status, conflict.resolution, conflict.reason = "RESOLVED", "SETTLED", "by phone"
    conflict.resolved_at, conflict.event = MOMENT, None
    with CaptureQueriesContext(connection) as captured:
        update_rows(iter([first, second]), ("notes", "booking"))
        update_rows([conflict], ("status", "resolution", "reason", "resolved_at", "event"))
        update_rows([], ("notes",))
    assert len(captured) == 2
    found = list(Report.objects.order_by("position").values("notes", "booking", "outcome"))
    assert found == [
        {"notes": [], "booking": other.booking_id, "outcome": Outcome.ACCEPTED},
        {"notes": first.notes, "booking": None, "outcome": Outcome.CONFLICT},
        {"notes": [], "booking": other.booking_id, "outcome": Outcome.CONFLICT},
    ]
    written = Conflict.objects.values("status", "resolution", "reason", "resolved_at", "event")
    assert written.get(pk=conflict.pk) == {
        "status": "RESOLVED",
        "resolution": "SETTLED",
        "reason": "by phone",
        "resolved_at": MOMENT,
        "event": None,
    }


def test_what_is_too_long_is_refused_and_not_cut() -> None:
    stage = make_kiosk(1)
    report(stage, [sale(stage, "A", 2)])
    conflict = Conflict.objects.get()
    conflict.code = "x" * 41
    with pytest.raises(DataError), transaction.atomic():
        update_rows([conflict], ("code",))
