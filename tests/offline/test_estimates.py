"""Reported and estimated stand apart, and no estimate is above what could be sold."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.setup import EventSetup
from backoffice.late_sales.words import sold_in_words
from offline.estimates import ReportedSales, reported_sales
from offline.models import ReportedUnits, Sync
from tests.factories import Stage
from tests.kept import kept
from tests.offline.selling import give_back, make_kiosk, report, report_daily, sale
from tests.proofs import violates

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_kiosk(100, channels=("web", "agent"), give={("GA", "web"): 60, ("GA", "agent"): 40})


def look(stage: Stage) -> list[ReportedSales]:
    rows = {row.pk: row for row in stage.event.stock.all()}
    channels = [channel.pk for channel in stage.channels.values()]
    return reported_sales(EventSetup.load(stage.event.pk), channels, rows, timezone.now())


def test_a_channel_is_estimated_from_its_own_pace(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5, 4, 4, 3, 5])
    (seen,) = look(stage)
    assert (seen.channel_id, seen.reported) == (stage.channels["web"].pk, 28)
    assert seen.low <= 30 <= seen.high
    assert seen.about == 30
    assert sold_in_words(seen) == f"28 reported, about 30 now ({seen.low} to {seen.high})"


def test_of_a_channel_that_draws_it_is_known_what_to_set_aside(stage: Stage) -> None:
    stage.draw()
    report_daily(stage, [4, 3, 5, 4, 4, 3, 5, 4, 4, 5])
    (seen,) = look(stage)
    assert seen.buffer is not None
    assert 12 <= seen.buffer <= 25


def test_no_more_is_estimated_than_could_be_sold(stage: Stage) -> None:
    report_daily(stage, [14, 15, 14, 15])
    (seen,) = look(stage)
    assert (seen.reported, seen.about, seen.high) == (58, 60, 60)


def test_a_short_past_says_only_what_was_reported(stage: Stage) -> None:
    report_daily(stage, [4, 4])
    (seen,) = look(stage)
    assert (seen.estimate, sold_in_words(seen)) == (None, "8 reported")


def test_what_is_sold_without_stock_belongs_to_the_pace_and_returns_are_taken_off(
    stage: Stage,
) -> None:
    ticket = stage.items["Ticket"].pk
    report(stage, [sale(stage, "A", 50), sale(stage, "B", 20)], [give_back("R", "A", {ticket: 5})])
    assert ReportedUnits.objects.get().units == 65


def test_many_syncs_within_a_minute_are_one_report(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5])
    now = timezone.now()
    for number in range(3):
        report(stage, [sale(stage, f"burst-{number}")])
    Sync.objects.filter(received_at__gte=now - timedelta(hours=1)).update(
        received_at=now - timedelta(hours=6)
    )
    (seen,) = look(stage)
    assert seen.at == now - timedelta(hours=6)
    assert seen.estimate is not None
    assert 1 <= seen.estimate.mean <= 2


def test_all_channels_and_pools_take_one_statement(stage: Stage) -> None:
    report_daily(stage, [4, 3, 5])
    setup = EventSetup.load(stage.event.pk)
    rows = {row.pk: row for row in stage.event.stock.all()}
    with CaptureQueriesContext(connection) as captured:
        reported_sales(
            setup, [channel.pk for channel in stage.channels.values()], rows, timezone.now()
        )
    assert len(captured) == 1


def test_the_units_of_a_sync_are_kept_once_for_each_pool(stage: Stage) -> None:
    report(stage, [sale(stage, "A")])
    kept_units = ReportedUnits.objects.get()
    with violates("reported_units_once_per_pool"):
        ReportedUnits.objects.create(sync=kept_units.sync, pool=kept_units.pool, units=1)
