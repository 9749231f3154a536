"""The newest estimate of what is not reported stands where all can read it, and goes when it is known or over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.enums import Connectivity
from allocations.models import Stock, UnreportedSales
from allocations.unreported import unreported_of
from events.enums import EventStatus
from offline import unreported
from offline.estimates import LateRow, ReportedSales, estimated, late_rows
from offline.models import Sync
from offline.tasks import estimate_unreported
from tests.factories import Stage
from tests.kept import kept
from tests.offline.selling import make_kiosk, report, report_daily, sale, take_lease
from tests.proofs import execute, violates

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_kiosk(100, channels=("web", "agent"), give={("GA", "web"): 60, ("GA", "agent"): 40})


def estimate() -> int:
    return unreported.estimate_all(timezone.now())


def numbers(stage: Stage, channel: str = "web") -> tuple[int | None, ...]:
    row = UnreportedSales.objects.get(stock=stage.row(channel=channel))
    return row.about, row.low, row.high, row.at_risk


def test_the_estimate_is_kept_and_written_only_where_it_has_changed(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5, 4, 4, 3, 5])
    assert estimate() == 1
    about, low, high, at_risk = numbers(stage)
    assert (about, at_risk) == (2, high)
    assert low is not None
    assert high is not None
    assert low <= 2 < high
    assert UnreportedSales.objects.get().reported_at == Sync.objects.latest("pk").received_at
    then = UnreportedSales.objects.get().estimated_at
    with CaptureQueriesContext(connection) as captured:
        assert unreported.estimate_all(then) == 0
    # Events, what has gone (in a savepoint here), rows, reports.
    assert len([q for q in captured if "SAVEPOINT" not in q["sql"]]) == 4


def test_a_report_leaves_nothing_unreported(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5, 4, 4, 3, 5])
    estimate()
    with CaptureQueriesContext(connection) as captured:
        report(stage, [sale(stage, "now")])
    assert len([q for q in captured if "unreportedsales" in q["sql"]]) == 1
    assert numbers(stage) == (0, 0, 0, 0)
    assert UnreportedSales.objects.get().reported_at >= Sync.objects.latest("pk").received_at


def test_an_estimate_made_before_a_report_does_not_undo_it(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5, 4, 4, 3, 5])
    estimate()
    stage.sell()
    seen = estimated(
        late_rows([stage.event.pk], timezone.now()), timezone.now() + timedelta(hours=9)
    )
    report(stage, [sale(stage, "now")])
    with patch.object(unreported, "estimated", return_value=seen):
        assert estimate() == 0
    assert numbers(stage) == (0, 0, 0, 0)


def test_a_lease_covers_what_is_sold_from_it(stage: Stage) -> None:
    report_daily(stage, [14, 13, 15, 14])
    estimate()
    before = numbers(stage)
    assert before[:1] + before[3:] == (4, 4)  # no more than it has left of 60
    take_lease(stage, [("Ticket", 3)])
    estimate()
    # The lease has taken from what was free: all four could be sold still, one of them from no lease.
    assert numbers(stage) == (*before[:3], 1)


def test_a_channel_that_only_draws_may_have_drawn_while_its_window_was_open() -> None:
    stage = make_kiosk(100, give={})
    stage.draw(draws_until=timezone.now() + timedelta(hours=1))
    report_daily(stage, [4, 3, 5, 4, 4, 3, 5])
    estimate()
    before = numbers(stage)
    assert (before[0], stage.row().free) == (2, 0)
    Stock.objects.filter(pk=stage.row().pk).update(draws_until=timezone.now() - timedelta(hours=3))
    estimate()
    assert numbers(stage) == before
    Stock.objects.filter(pk=stage.row().pk).update(draws_until=timezone.now() - timedelta(hours=13))
    estimate()
    assert numbers(stage) == (0, 0, 0, 0)  # what it sold after its window is no stock's


def test_what_was_never_sold_of_a_pool_is_estimated_from_the_reports_since_it_could_be(
    stage: Stage,
) -> None:
    report_daily(stage, [0, 0, 0, 0])
    estimate()
    assert numbers(stage) == (None, None, None, 0)
    row = stage.row()
    execute("ALTER TABLE allocations_movement DISABLE TRIGGER USER")
    execute(
        "UPDATE allocations_movement SET at = at - interval '9 days' WHERE stock_id = %s", row.pk
    )
    execute("ALTER TABLE allocations_movement ENABLE TRIGGER USER")
    estimate()
    about, low, high, _ = numbers(stage)
    assert (about, low) == (0, 0)
    assert high is not None
    assert high <= 3


def test_a_past_too_short_is_no_estimate_and_one_without_a_report_no_row(stage: Stage) -> None:
    report_daily(stage, [4, 4])
    estimate()
    assert numbers(stage) == (None, None, None, 0)
    report(stage)
    assert numbers(stage) == (None, None, None, 0)
    assert unreported_of([stage.row(channel="agent").pk]) == {}


def test_it_stops_growing_when_the_channel_stops_to_sell(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5, 4, 4, 3, 5])
    listing = stage.listing()
    listing.sales_until = timezone.now() - timedelta(hours=12, minutes=1)
    listing.save()
    estimate()
    assert numbers(stage) == (0, 0, 0, 0)


@pytest.mark.parametrize("end", ["cancelled", "over", "in time"])
def test_what_is_over_or_reports_in_time_is_not_kept(stage: Stage, end: str) -> None:
    report_daily(stage, [4, 3, 5, 4])
    assert estimate_unreported() == 1
    if end == "in time":
        channel = stage.channels["web"]
        channel.connectivity = Connectivity.REAL_TIME
        channel.save()
    elif end == "cancelled":
        stage.event.status = EventStatus.CANCELLED
        stage.event.save()
    else:
        stage.event.starts_at = timezone.now() - timedelta(days=3)
        stage.event.save()
    assert UnreportedSales.objects.exists()
    estimate_unreported()
    assert not UnreportedSales.objects.exists()


def test_one_event_at_fault_holds_up_no_other(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5, 4])
    broken = make_kiosk()
    report_daily(broken, [1, 1, 1])

    def fail(rows: Sequence[LateRow], now: datetime) -> list[ReportedSales]:
        if any(row.event_id == broken.event.pk for row in rows):
            raise ArithmeticError
        return estimated(rows, now)

    with patch.object(unreported, "estimated", fail):
        assert estimate() == 1
    assert list(UnreportedSales.objects.values_list("event", flat=True)) == [stage.event.pk]


def test_an_estimate_is_within_its_range(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5, 4])
    estimate()
    with violates("unreported_sales_within_their_range"):
        UnreportedSales.objects.update(about=99)
