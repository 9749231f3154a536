"""Estimates are written beside syncs of the same channel: neither waits for the other, and what is reported holds."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.utils import timezone

from allocations.models import UnreportedSales
from offline import unreported
from offline.estimates import LateRow, ReportedSales, estimated
from tests.concurrency.race import errors_of, locked, race
from tests.offline.selling import make_kiosk, report, report_daily, sale
from tests.proofs import assert_reconciled, execute


def test_an_estimate_that_somebody_has_locked_is_left_and_all_others_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck, other = make_kiosk(100), make_kiosk(100)
    for stage in (stuck, other):
        report_daily(stage, [4, 4, 4, 4])
    unreported.estimate_all(timezone.now())
    rows = UnreportedSales.objects.filter(event=stuck.event).values_list("pk")
    before = UnreportedSales.objects.get(event=other.event)
    later = timezone.now() + timedelta(hours=30)
    with locked(f"{rows.query} FOR UPDATE"):
        with monkeypatch.context() as waiting:
            waiting.setattr(unreported, "_WRITE", unreported._WRITE.replace(" SKIP LOCKED", ""))
            execute("SET lock_timeout = '200ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                unreported._estimate([stuck.event.pk, other.event.pk], later)
        assert unreported.estimate_all(later) == 1
    after = UnreportedSales.objects.get(event=other.event)
    assert (after.about or 0) > (before.about or 0)


def test_ten_syncs_at_once_beside_the_estimating_leave_nothing_unreported() -> None:
    stage = make_kiosk(200)
    report_daily(stage, [4, 4, 4, 4])
    unreported.estimate_all(timezone.now())

    def late(rows: Sequence[LateRow], now: datetime) -> list[ReportedSales]:
        return estimated(rows, now + timedelta(hours=30))

    with patch.object(unreported, "estimated", late):
        unreported.estimate_all(timezone.now())
        jobs: list[Callable[[], object]] = [
            partial(report, stage, [sale(stage, f"S{number}")]) for number in range(10)
        ]
        jobs += [lambda: unreported.estimate_all(timezone.now())] * 4
        assert errors_of(race(jobs)) == []
    report(stage)
    left = UnreportedSales.objects.get()
    assert (left.about, left.high, left.at_risk) == (0, 0, 0)
    assert stage.counters().sold == 26
    assert_reconciled()
