"""What a late channel may sell of shared stock before its next sync is set aside, and no more than that."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations import services as allocations
from allocations.enums import Connectivity
from allocations.models import Listing, SafetyBuffer, SalesChannel, UnreportedSales
from allocations.setup import EventSetup
from common.actor import SYSTEM
from offline import buffer_moves
from offline.buffer_reading import read_buffers
from offline.buffers import Buffer, State
from offline.tasks import keep_buffers
from offline.unreported import estimate_all
from sales import limits
from tests.factories import Stage
from tests.kept import kept
from tests.offline.buffers import (
    DAILY,
    free,
    keep,
    look,
    make_shared,
    report_daily,
    report_now,
    set_agent,
)
from tests.offline.selling import take_lease
from tests.proofs import assert_reconciled, violates
from transfers.enums import Origin, TransferStatus
from transfers.models import Transfer, TransferPolicy
from transfers.partner_requests import present
from transfers.partner_view import partner_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@kept
def stage() -> Stage:
    made = make_shared()
    report_daily(made)
    return made


def test_what_it_may_sell_before_its_next_sync_is_set_aside(stage: Stage) -> None:
    needed = look(stage).needed
    assert needed is not None
    assert 12 <= needed <= 25
    [transfer] = keep()
    assert (transfer.origin, transfer.status) == (Origin.BUFFER, TransferStatus.EXECUTED)
    assert (transfer.source, transfer.target) == (stage.open_row(), stage.row(channel="agent"))
    assert free(stage) == transfer.moved == needed
    assert transfer.reason == (
        f"Safety buffer: agent may sell up to {needed} within the 24 hours from one sync to the next "
        "(more once in 10,000 times) and has 0 set aside."
    )
    assert transfer.evidence["buffer"] == {
        "needed": needed,
        "hours": 24.0,
        "one_in": 10_000,
        "set_aside": 0,
        "leased": 0,
        "at_most_percent": 50,
    }
    assert (look(stage).state, keep()) == (State.ENOUGH, [])
    assert_reconciled()


def test_what_was_set_aside_is_sold_although_the_shared_stock_is_used_up(stage: Stage) -> None:
    [transfer] = keep()
    rest = stage.open_row().quantity
    stage.sell([("Ticket", rest)])
    assert report_now(stage, 8) == ["ACCEPTED"] * 8
    assert free(stage) == (transfer.moved or 0) - 8
    assert keep() == []
    assert look(stage).state is State.USED_UP
    assert_reconciled()


def test_its_evidence_says_what_may_be_sold_and_not_reported_as_that_of_any_transfer(
    stage: Stage,
) -> None:
    estimate_all(timezone.now() + timedelta(hours=6))
    [transfer] = keep()
    estimate = UnreportedSales.objects.get()
    assert estimate.high
    assert transfer.evidence["target"]["unreported"]["high"] == estimate.high
    told = present(transfer, partner_of(stage.channels["agent"].pk, [stage.pools["GA"].pk]))
    for own in (told["when_requested"], told["when_ended"]):
        assert own is not None
        assert own["unreported_at_most"] == estimate.high


def test_beat_asks_for_it(stage: Stage) -> None:
    assert (keep_buffers(), keep_buffers()) == (1, 0)
    assert free(stage) == look(stage).needed


def test_control_without_a_buffer_the_same_sales_find_no_stock(stage: Stage) -> None:
    stage.sell([("Ticket", stage.open_row().quantity)])
    assert report_now(stage, 8) == ["CONFLICT"] * 8


def test_each_sync_refills_it_and_nothing_else_does(stage: Stage) -> None:
    keep()
    assert keep(timedelta(minutes=11)) == []
    report_now(stage, 6)
    before = free(stage)
    [transfer] = keep()
    assert free(stage) == look(stage).needed == before + (transfer.moved or 0)
    assert SafetyBuffer.objects.get(needed__isnull=False).lent == free(stage)


def test_a_late_sync_grows_it_step_by_step(stage: Stage) -> None:
    keep()
    first = free(stage)
    assert keep(timedelta(hours=23)) == []
    keep(timedelta(hours=25))
    grown = free(stage)
    keep(timedelta(days=4))
    assert first < grown < free(stage)
    assert "within the 114 hours from one sync to the next" in Transfer.objects.latest("pk").reason


def test_a_partner_reads_its_own_numbers_and_nothing_of_the_shared_stock(stage: Stage) -> None:
    [transfer] = keep()
    partner = partner_of(stage.channels["agent"].pk, [stage.pools["GA"].pk])
    assert partner.reason(transfer) == (
        "Set aside as your safety buffer, for what you sell before your next sync. "
        f"You need {transfer.moved}."
    )
    told = present(transfer, partner)
    assert (told["asked_by"], told["direction"]) == ("BUFFER", "MORE")


def test_a_smaller_chance_sets_more_aside(stage: Stage) -> None:
    set_agent(stage, buffer_one_in=10)
    few = look(stage).needed
    set_agent(stage, buffer_one_in=1_000_000)
    many = look(stage).needed
    assert few is not None
    assert many is not None
    assert few < many


@pytest.mark.parametrize(
    "traits", [{"buffer_one_in": 9}, {"buffer_one_in": 1_000_001}, {"buffer_percent": 0}]
)
def test_the_chance_and_the_cap_are_within_reason(stage: Stage, traits: dict[str, int]) -> None:
    with violates("channel_buffer_within_reason"):
        set_agent(stage, **traits)


def test_without_a_past_nothing_is_set_aside() -> None:
    stage = make_shared()
    assert (look(stage).state, keep()) == (State.UNKNOWN, [])
    report_now(stage, 5)
    assert (look(stage).state, keep()) == (State.UNKNOWN, [])
    assert stage.counters(channel="agent") == (5, 0, 5, 5)


@pytest.mark.parametrize(
    "traits", [{"safety_buffer": False}, {"connectivity": Connectivity.REAL_TIME}]
)
def test_where_it_is_switched_off_nothing_is_set_aside_and_what_was_goes_back(
    stage: Stage, traits: dict[str, object]
) -> None:
    keep()
    set_agent(stage, **traits)
    [transfer] = keep(timedelta(minutes=11))
    assert (look(stage).state, free(stage)) == (State.OFF, 0)
    assert transfer.target == stage.open_row()
    assert keep(timedelta(minutes=30)) == []
    assert_reconciled()


def test_its_own_unsold_units_are_its_buffer_and_never_go_to_the_shared_stock(stage: Stage) -> None:
    allocations.allocate(
        pool=stage.pools["GA"], channel=stage.channels["agent"], units=200, by=SYSTEM, reason="Own"
    )
    assert (look(stage).state, keep()) == (State.ENOUGH, [])
    assert keep(3 * DAY) == []
    assert free(stage) == 200


def test_a_channel_that_draws_on_nothing_has_none(stage: Stage) -> None:
    allocations.set_drawing(
        row=stage.row(channel="agent"), draws_on=None, by=SYSTEM, reason="Own units"
    )
    assert (look(stage).state, keep()) == (State.OWN, [])


def test_what_its_terminals_have_leased_counts(stage: Stage) -> None:
    needed = look(stage).needed or 0
    take_lease(stage, [("Ticket", 10)], channel="agent")
    [transfer] = keep()
    assert transfer.moved == needed - 10
    assert (look(stage).state, look(stage).leased) == (State.ENOUGH, 10)


def test_no_more_than_the_cap_is_set_aside_and_what_is_so_stays(stage: Stage) -> None:
    needed = look(stage).needed or 0
    stage.sell([("Ticket", stage.open_row().quantity - needed)])
    keep()
    assert (free(stage), look(stage).state) == (needed // 2, State.CAPPED)
    stage.sell([("Ticket", stage.open_row().quantity)])
    assert keep(timedelta(minutes=2)) == []
    assert (free(stage), look(stage).state) == (needed // 2, State.USED_UP)


def test_a_ceiling_ends_it(stage: Stage) -> None:
    row = stage.row(channel="agent")
    allocations.set_drawing(
        row=row, draws_on=stage.open_row(), ceiling=row.quantity + 3, by=SYSTEM, reason="Ceiling"
    )
    keep()
    assert (free(stage), look(stage).state) == (3, State.CEILING)


def test_no_more_is_needed_than_limits_leave(stage: Stage) -> None:
    with transaction.atomic():
        limits.set_listing_limit(
            listing=stage.listing(channel="agent"), limit=sum(DAILY) + 6, by=SYSTEM, reason="Limit"
        )
    assert look(stage).needed == 6
    take_lease(stage, [("Ticket", 2)], channel="agent")
    keep()
    assert (free(stage), look(stage).needed, look(stage).state) == (4, 6, State.ENOUGH)


def test_a_sync_without_sales_begins_it_too_where_it_completes_the_past() -> None:
    stage = make_shared()
    report_daily(stage, (4, 5, 4, 5, 3), ends=timedelta(hours=23))
    assert (keep(), look(stage).state) == ([], State.UNKNOWN)
    report_now(stage, 0)
    [transfer] = keep()
    assert transfer.moved == look(stage).needed


def test_a_channel_that_is_given_a_buffer_has_it_at_once(stage: Stage) -> None:
    set_agent(stage, safety_buffer=False)
    assert keep() == []
    set_agent(stage, safety_buffer=True)
    [transfer] = keep()
    assert free(stage) == transfer.moved == look(stage).needed


def test_clearly_more_than_it_needs_goes_back_when_it_has_been_so_for_a_day(stage: Stage) -> None:
    keep()
    set_agent(stage, buffer_one_in=10)
    needed, before = look(stage).needed or 0, free(stage)
    row = SafetyBuffer.objects.filter(stock=stage.row(channel="agent"))
    row.update(due_at=timezone.now())
    assert (look(stage).is_ample, keep()) == (True, [])
    assert row.get().ample_since is not None
    row.update(ample_since=timezone.now() - DAY)
    [transfer] = keep(timedelta(minutes=11))
    assert transfer.target == stage.open_row()
    assert free(stage) == before - (transfer.moved or 0) == needed
    assert transfer.reason.startswith(f"Safety buffer: agent needs {needed} from one sync to the")


def test_when_it_sells_no_more_it_keeps_what_it_may_have_sold_until_it_reports(
    stage: Stage,
) -> None:
    keep()
    Listing.objects.filter(channel=stage.channels["agent"]).update(is_on=False)
    before = free(stage)
    assert keep(timedelta(minutes=11)) == []
    assert free(stage) == before
    SafetyBuffer.objects.update(idle_since=timezone.now() - timedelta(minutes=5))
    assert report_now(stage, 2) == ["ACCEPTED"] * 2
    [transfer] = keep()
    assert (look(stage).state, free(stage)) == (State.OVER, 0)
    assert transfer.reason == (
        "Safety buffer: agent sells no more and has reported: what is unsold of it goes back."
    )


def test_nothing_is_taken_back_from_a_protected_channel(stage: Stage) -> None:
    keep()
    before = free(stage)
    TransferPolicy.objects.get(venue=stage.event.venue).protected.add(stage.channels["agent"])
    set_agent(stage, safety_buffer=False)
    assert keep(timedelta(minutes=11)) == []
    assert free(stage) == before


def test_an_event_that_is_broken_holds_up_no_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_shared()
    report_daily(other)

    def fail(setup: EventSetup, *rest: Any) -> list[Buffer]:
        if setup.id == stage.event.pk:
            raise RuntimeError
        return read_buffers(setup, *rest)

    with patch.object(buffer_moves, "read_buffers", fail):
        [transfer] = keep()
    assert transfer.event == other.event
    assert f"The safety buffers of event {stage.event.pk}" in caplog.text
    [transfer] = keep()
    assert transfer.event == stage.event


def test_an_event_whose_sales_are_over_is_left_alone(stage: Stage) -> None:
    assert keep(timedelta(days=31)) == []
    assert free(stage) == 0


def test_of_many_events_only_those_with_news_are_looked_at(stage: Stage) -> None:
    quiet = make_shared()
    report_daily(quiet, DAILY[:3])
    keep()
    report_now(stage, 1)
    with patch.object(buffer_moves, "read_buffers", wraps=read_buffers) as looked:
        keep()
    assert [call.args[0].id for call in looked.call_args_list] == [stage.event.pk]


def test_without_news_a_round_is_two_statements(
    stage: Stage, django_assert_num_queries: Any
) -> None:
    keep()
    with django_assert_num_queries(2):
        assert keep() == []


def test_many_channels_of_an_event_take_as_many_statements_as_one(
    django_assert_num_queries: Any,
) -> None:
    made = make_shared(channels=("web", "agent", "hotel"))
    SalesChannel.objects.filter(venue=made.event.venue).update(connectivity=Connectivity.PERIODIC)
    report_daily(made)
    setup, now = EventSetup.load(made.event.pk), timezone.now()
    with CaptureQueriesContext(connection) as of_one:
        [agent] = read_buffers(setup, [made.channels["agent"].pk], now)
    with django_assert_num_queries(len(of_one)):
        several = read_buffers(setup, list(setup.channels), now)
    assert len(several) == 3
    assert agent in several
