"""The emergency brake waits for nobody, and set-up in memory is never older than what is committed."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from threading import Event as Signal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from allocations import services, stop_sell
from allocations.models import Listing, SalesChannel, Stop
from allocations.sellable_sets import on_sale_now
from allocations.setup import ChannelSetup, EventSetup
from allocations.stop_sell import record_stops, resume_selling, stop_selling
from common.actor import SYSTEM
from common.errors import RefusedError
from events.models import Event, Venue
from exchange.enums import FileKind
from exchange.exports import SOURCES, sheets_of
from sales import booking_sql
from sales.errors import StopSellError
from tests.concurrency.race import await_event, changed_function, errors_of, locked, race
from tests.factories import Stage, make_channel, make_event, make_stage
from tests.proofs import assert_reconciled
from transfers.selling import standing_still

# A second is what the brake may take, on a busy machine too; a lock is waited for five times as long.
AT_ONCE = 1.0
KINDS = ("event", "item", "channel", "listing")


def part_of(stage: Stage, kind: str) -> Any:
    return {
        "event": stage.event,
        "item": stage.items["Ticket"],
        "channel": stage.channels["web"],
        "listing": stage.listing(),
    }[kind]


EVERYTHING = (
    "SELECT id FROM events_venue FOR NO KEY UPDATE",
    "SELECT id FROM events_event FOR NO KEY UPDATE",
    "SELECT id FROM events_item FOR NO KEY UPDATE",
    "SELECT id FROM allocations_saleschannel FOR NO KEY UPDATE",
    "SELECT id FROM allocations_listing FOR NO KEY UPDATE",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_and_its_end_hold_at_once_while_the_whole_set_up_is_locked(kind: str) -> None:
    stage = make_stage()
    target = part_of(stage, kind)
    stage.sell()
    with locked(*EVERYTHING):
        began = time.monotonic()
        stop_selling(target=target, by=SYSTEM, reason="Fraud")
        assert time.monotonic() - began < AT_ONCE
        with pytest.raises(StopSellError, match="Fraud"):
            stage.sell()

        began = time.monotonic()
        resume_selling(target=target, by=SYSTEM, reason="All clear")
        assert time.monotonic() - began < AT_ONCE
        stage.sell()

        stop_selling(target=target, by=SYSTEM, reason="Fraud again")
        assert record_stops() == 0  # not while somebody has the target
    assert type(target).objects.get(pk=target.pk).stop_reason == ""
    assert record_stops() == 1
    assert record_stops() == 0
    assert type(target).objects.get(pk=target.pk).stop_reason == "Fraud again"
    record = target.history.latest("history_id")
    assert (record.stop_reason, record.history_change_reason) == ("Fraud again", "Fraud again")
    with pytest.raises(StopSellError, match="Fraud again"):
        stage.sell()
    assert_reconciled()


@pytest.mark.parametrize("kind", KINDS)
def test_no_sale_begins_after_the_brake_is_pulled(kind: str) -> None:
    stage = make_stage(pools={"GA": 20_000})
    stopped = Signal()

    def sell() -> list[tuple[bool, str]]:
        answers = []
        for _ in range(400):
            after = stopped.is_set()
            try:
                stage.sell()
                answers.append((after, "sold"))
            except RefusedError as refusal:
                answers.append((after, refusal.code))
            if after:
                break
        return answers

    def stop() -> list[tuple[bool, str]]:
        time.sleep(0.05)
        stop_selling(target=part_of(stage, kind), by=SYSTEM, reason="Fraud")
        stopped.set()
        return []

    outcomes = race([sell] * 6 + [stop])
    assert errors_of(outcomes) == []
    answers = [answer for outcome in outcomes for answer in outcome.value or []]
    assert {code for after, code in answers if after} == {"STOP_SELL"}
    assert_reconciled()


def test_a_sale_that_was_judged_before_the_brake_is_judged_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()

    def stop_in_between() -> None:
        insert = booking_sql.insert

        def stopping(*args: Any) -> None:
            monkeypatch.setattr(booking_sql, "insert", insert)
            insert(*args)
            race([lambda: stop_selling(target=stage.event, by=SYSTEM, reason="Fraud")])

        monkeypatch.setattr(booking_sql, "insert", stopping)

    with locked(*EVERYTHING):  # so that the event's own version stays
        stop_in_between()
        with pytest.raises(StopSellError, match="Fraud"):
            stage.sell()
        resume_selling(target=stage.event, by=SYSTEM, reason="All clear")

    # The control: a ledger that does not look at the surroundings sells.
    check = "WHERE allocations_surroundings(planned.event) <> planned.around"
    with changed_function("allocations_post", check, "WHERE false"), locked(*EVERYTHING):
        stop_in_between()
        stage.sell()
    assert_reconciled()


def test_many_who_stop_and_resume_the_same_in_any_order_cause_no_deadlock() -> None:
    stage = make_stage(channels=("web", "app"))
    targets = [*stage.channels.values(), stage.listing(), stage.items["Ticket"], stage.event]

    def toggle(order: list[Any]) -> Callable[[], None]:
        def work() -> None:
            for _ in range(10):
                stop_sell.stop_selling_all(order, by=SYSTEM, reason="Storm")
                stop_sell.resume_selling_all(order, by=SYSTEM, reason="Over")

        return work

    assert errors_of(race([toggle(targets), toggle(targets[::-1])] * 2)) == []
    record_stops()
    assert not Stop.objects.exists()
    stage.sell()


def test_what_was_read_before_a_stop_and_saved_after_it_does_not_lift_it() -> None:
    stage = make_stage()
    stale = SalesChannel.objects.get(pk=stage.channels["web"].pk)
    stop_selling(target=stage.channels["web"], by=SYSTEM, reason="Unpaid")
    stale.settlement_days = 7
    stale.save()
    found = SalesChannel.objects.get(pk=stale.pk)
    assert (found.settlement_days, found.stop_reason) == (7, "Unpaid")
    with pytest.raises(StopSellError):
        stage.sell()


# --- What is kept in memory ------------------------------------------------------------------------


def change_and_cache(change: Callable[[], object], meanwhile: Callable[[], int]) -> EventSetup:
    """What this process knows of an event in the end.

    ``change`` commits after ``meanwhile``, which began later, has committed and its event was read.
    """
    changed, commit = Signal(), Signal()
    events: list[int] = []

    def run() -> None:
        with transaction.atomic():
            change()
            changed.set()
            await_event(commit)

    def between() -> None:
        await_event(changed)
        try:
            with transaction.atomic():
                events.append(meanwhile())
            booking_sql.look(events[0])
        finally:
            commit.set()

    assert errors_of(race([run, between])) == []
    return booking_sql.look(events[0]).setup


def without_surroundings() -> AbstractContextManager[None]:
    return changed_function("allocations_surroundings", "concat_ws('/',", "coalesce('the same',")


CHANNEL_CHANGES = ({"settlement_days": 9}, {"stop_reason": "Unpaid"})


@pytest.mark.parametrize("change", CHANNEL_CHANGES, ids=str)
def test_a_channel_that_was_cached_before_its_change_was_committed_is_read_again(
    change: dict[str, Any],
) -> None:
    def run() -> ChannelSetup:
        stage = make_stage()
        other = make_channel(stage.event.venue, "other")

        def list_it() -> int:
            services.list_item(item=stage.items["Ticket"], channel=other, price=Decimal(10))
            return stage.event.pk

        rows = SalesChannel.objects.filter(pk=other.pk)
        return change_and_cache(lambda: rows.update(**change), list_it).channels[other.pk]

    ((field, value),) = change.items()
    assert getattr(run(), field) == value
    with without_surroundings():  # the control: the version of the event alone does not know
        assert getattr(run(), field) != value


def test_a_venue_that_was_cached_before_its_change_was_committed_is_read_again() -> None:
    def run() -> str:
        venue = make_stage().event.venue
        rows = Venue.objects.filter(pk=venue.pk)
        setup = change_and_cache(
            lambda: rows.update(time_zone="Europe/Rome"), lambda: make_event(venue).pk
        )
        return setup.zone.key

    assert run() == "Europe/Rome"
    with without_surroundings():
        assert run() != "Europe/Rome"


def test_stopped_while_its_row_is_locked_it_is_stopped_for_transfers_the_channel_map_and_exports() -> (
    None
):
    stage = make_stage(channels=("web", "hotel"))
    hotel, now = stage.channels["hotel"], timezone.now()
    moved = stage.row(channel="hotel")
    assert standing_still([moved]) == {}
    with locked(f"SELECT id FROM allocations_saleschannel WHERE id = {hotel.pk} FOR UPDATE"):  # noqa: S608
        stop_selling(target=hotel, by=SYSTEM, reason="Fraud")
        hotel.refresh_from_db()
        assert hotel.stop_reason == ""  # the column follows later
        fresh = stage.row(channel="hotel")
        assert standing_still([fresh]) == {moved.pk: "hotel is stopped: Fraud."}
        on_sale = Listing.objects.filter(on_sale_now(Event.objects.all(), now))
        assert [listing.channel.name for listing in on_sale] == ["web"]
        source = SOURCES["channels"]
        rows = source.queryset().filter(pk=hotel.pk)
        [sheet] = sheets_of([(source, rows)], FileKind.CSV)
        assert (
            dict(zip(sheet.columns, next(iter(sheet.rows)), strict=True))["stop_reason"] == "Fraud"
        )
