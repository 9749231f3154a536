"""The allocation statement: what it says, and that it always agrees with the ledger."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.enums import SETUP_MOVEMENTS, Draws, MovementKind
from allocations.models import Movement, SalesChannel, Stock
from allocations.plans.release import release_pool
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError, RefusedError
from events.models import Event
from sales import services as sales
from tests.allocations.plans.specs import apply, group, line
from tests.concurrency.selling import chance_of
from tests.factories import Stage, id_of, make_stage, make_user
from tests.kept import kept
from tests.proofs import assert_reconciled, execute
from transfers import services
from transfers.enums import Origin
from transfers.evidence import moved
from transfers.execution import execute as execute_transfers
from transfers.models import Transfer
from transfers.services import Wish
from transfers.statement.account import Account, LineKind, StatementError, edges_of
from transfers.statement.lines import Reader, Statement, Who, statement_of
from transfers.statement.table import write_csv

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def read(
    stage: Stage,
    channel: str = "web",
    reader: Reader = Reader.VENUE,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Statement:
    event = Event.objects.select_related("venue").get(pk=stage.event.pk)
    own = stage.channels[channel]
    edges = edges_of(event.pk, own.pk, since, until)
    return statement_of(event, own, edges, reader, since=since, until=until, now=timezone.now())


def told(statement: Statement) -> list[tuple[str, int, int]]:
    """Kind, units and balance of each line of the first pool."""
    return [
        (one.change.kind.value, one.change.units, one.change.balance)
        for one in statement.pools[0].lines
    ]


def transfer(
    source: Stock, target: Stock, units: int, *, reason: str = "Slow", by: Actor = SYSTEM
) -> None:
    wish = Wish(source.pk, target.pk, units, reason)
    services.request(wish, by=by, now=timezone.now())


@kept
def stage() -> Stage:
    """Website 60, hotel 30, open 10 of 100; the hotel draws on the open stock."""
    found = make_stage(channels=("web", "hotel"), give={("GA", "web"): 60, ("GA", "hotel"): 30})
    found.draw("hotel")
    return found


# --- What it says ---------------------------------------------------------------------------------


def test_each_change_stands_in_it_in_order_with_the_balance_after(stage: Stage) -> None:
    stage.sell([("Ticket", 33)], "hotel")  # draws 3
    person = make_user(name="Asha Rao")
    transfer(stage.row(), stage.row(channel="hotel"), 5, by=Actor.person(person))
    booking = stage.hold([("Ticket", 7)], "hotel")  # 5 of its own, draws 2
    sales.cancel(booking, by=SYSTEM, reason="test")

    statement = read(stage, "hotel")

    assert told(statement) == [
        ("MOVE", 30, 30),
        ("TERMS", 0, 30),
        ("DRAWN", 3, 33),
        ("MOVE", 5, 38),
        ("DRAWN", 2, 40),
        ("GIVEN_BACK", -5, 35),
    ]
    [part] = statement.pools
    assert part.account.edges.opening == 0
    assert part.account.edges.closing == (35, 0, 33, 0)
    first, moved = part.lines[0], part.lines[3]
    assert (first.text, first.counterpart, first.person) == ("Moved", "open stock", "System")
    assert (moved.text, moved.counterpart, moved.reason) == ("Transfer", "web", "Slow")
    assert (moved.person, moved.who) == ("Asha Rao", Who.VENUE)
    assert moved.transfer is not None


def test_plans_and_releases_name_their_version_and_where_units_went(stage: Stage) -> None:
    now = timezone.now()
    apply(
        stage,
        line(stage, "hotel", 20, releases_at=now - timedelta(minutes=1)),
        line(stage, "web", 50),
        now=now - timedelta(hours=1),
    )
    stage.sell([("Ticket", 4)], "hotel")
    release_pool(stage.pools["GA"].pk, now)
    statement = read(stage, "hotel")
    planned, released = statement.pools[0].lines[-2:]
    assert (planned.change.kind, planned.change.units) == (LineKind.PLAN, -10)
    assert planned.plan is not None
    assert (planned.plan.version, planned.reason, planned.counterpart) == (1, "test", "")
    assert (released.change.kind, released.change.units) == (LineKind.RELEASE_BACK, -16)
    assert released.counterpart == "open stock"
    assert "version 1 of the plan" in released.reason


def test_a_partner_reads_neither_names_nor_numbers_of_others(stage: Stage) -> None:
    SalesChannel.objects.filter(pk=stage.channels["web"].pk).update(name="Grand Secret")
    apply(
        stage,
        line(stage, "hotel", 20, group="Agents"),
        line(stage, "web", 31, group="Others"),
        group("Agents", 10),
        group("Others", 10),
    )
    hotel, web = stage.row(channel="hotel"), stage.row()
    by = Actor.person(make_user(name="Asha Rao"))
    services.request(Wish(hotel.pk, web.pk, 1, "slow"), by=by, now=timezone.now())
    transfer(hotel, stage.open_row(), 2)
    transfer(hotel, stage.open_row(name="Agents"), 3)
    transfer(stage.open_row(name="Others"), hotel, 4)

    lines = read(stage, "hotel", Reader.PARTNER).pools[0].lines[-4:]

    assert [one.counterpart for one in lines] == [
        "another sales channel (Direct digital)",
        "the open stock",
        "the shared stock “Agents”",
        "the shared stock of other channels",
    ]
    assert [(one.who, one.person) for one in lines] == [(Who.VENUE, ""), *[(Who.SYSTEM, "")] * 3]
    [to_web, *_more] = read(stage, "hotel").pools[0].lines[-4:]
    assert (to_web.counterpart, to_web.person) == ("Grand Secret", "Asha Rao")


def test_what_a_rule_says_by_itself_is_told_without_the_other_channel(stage: Stage) -> None:
    stage.sell([("Ticket", 3)], "hotel")
    hotel, web = stage.row(channel="hotel"), stage.row()
    now = timezone.now()
    made = Transfer.objects.create(
        event=stage.event,
        pool=stage.pools["GA"],
        source=hotel,
        target=web,
        units=7,
        origin=Origin.RULE,
        reason="web has sold 90 % of its part and hotel 10 %.",
        requested_at=now,
        lapses_at=now,
        evidence=moved(stage.event, (hotel, web), 7, now, {}),
    )
    execute_transfers(
        [Transfer.objects.select_related("source", "event__venue").get(pk=made.pk)], now=now
    )
    [*_before, line] = read(stage, "hotel", Reader.PARTNER).pools[0].lines
    assert line.reason == (
        "A rule of the venue moves unsold units to where they sell. You had sold 10.0 % of your part."
    )
    [*_before, line] = read(stage, "hotel").pools[0].lines
    assert line.reason.startswith("web has sold 90 %")


# --- Periods --------------------------------------------------------------------------------------


def test_a_period_begins_and_ends_with_the_balances_of_then(stage: Stage) -> None:
    stage.sell([("Ticket", 31)], "hotel")
    between = timezone.now()
    stage.sell([("Ticket", 2)], "hotel")
    early = read(stage, "hotel", until=between).pools[0]
    late = read(stage, "hotel", since=between).pools[0]
    assert early.account.edges.closing == (31, 0, 31, 1)
    assert late.account.edges.opening == 31
    assert [(one.change.kind, one.change.units) for one in late.lines] == [(LineKind.DRAWN, 2)]
    assert read(stage, "hotel", since=between, until=between + HOUR).pools[0].lines == late.lines
    empty = read(stage, "hotel", since=between + HOUR).pools[0]
    assert (empty.account.edges.opening, empty.lines) == (33, ())
    before = read(stage, "hotel", until=between - 400 * HOUR).pools[0]
    assert (before.account.edges.closing, before.lines) == ((0, 0, 0, 0), ())
    with pytest.raises(InvalidInputError):
        read(stage, since=between, until=between)


def test_drawing_is_summed_by_the_days_of_the_venue_between_other_changes(stage: Stage) -> None:
    stage.sell([("Ticket", 30)], "hotel")
    for _sale in range(4):
        stage.sell(channel="hotel")
    transfer(stage.row(), stage.row(channel="hotel"), 5)
    stage.sell([("Ticket", 6)], "hotel")
    row = stage.row(channel="hotel")
    # The four sales around midnight in India, the transfer and the last sale on the second day.
    midnight = datetime(2026, 10, 5, 18, 30, tzinfo=UTC)
    versions = range(4, 10)
    for version, minutes in zip(versions, (-30, -20, 10, 20, 30, 40), strict=True):
        at_moment(row, version, midnight + timedelta(minutes=minutes))
    lines = read(stage, "hotel").pools[0].lines
    assert [(one.change.kind, one.change.units) for one in lines[2:]] == [
        (LineKind.DRAWN, 2),
        (LineKind.DRAWN, 2),
        (LineKind.MOVE, 5),
        (LineKind.DRAWN, 1),
    ]
    first = lines[2].change
    assert (first.since, first.at) == (midnight - 30 * MINUTE, midnight - 20 * MINUTE)


# --- It agrees with the ledger --------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_statement_leads_to_the_stock(seed: int) -> None:
    """At every moment, for every channel: and two periods that meet share a balance."""
    chance = chance_of(seed)
    stage = make_stage(
        pools={"GA": 60, "Car park": 20},
        items={"Ticket": {"GA": 1}, "Bundle": {"GA": 2, "Car park": 1}},
        channels=("web", "hotel", "agent"),
        give={("GA", "web"): 20, ("GA", "hotel"): 10, ("Car park", "web"): 8},
    )
    happen(stage, chance, 60)
    spread(stage, chance)
    assert_reconciled()
    moments = sorted(set(Movement.objects.values_list("at", flat=True)))
    for channel in stage.channels:
        whole = read(stage, channel)
        for part in whole.pools:
            check(part.account)
        for cut in chance.sample(moments, 8):
            before = read(stage, channel, until=cut)
            after = read(stage, channel, since=cut)
            for one, other, part in zip(before.pools, after.pools, whole.pools, strict=True):
                check(one.account)
                check(other.account)
                assert one.account.edges.closing.quantity == other.account.edges.opening
                assert other.account.edges.closing == part.account.edges.closing


def check(account: Account) -> None:
    """Against the ledger, added up line by line."""
    edges = account.edges
    row = Stock.objects.get(pk=edges.stock_id)
    own = Movement.objects.filter(
        stock=row, version__gt=edges.first, version__lte=edges.last
    ).order_by("version")
    deltas = [(one.kind in SETUP_MOVEMENTS, one.delta_quantity) for one in own]
    for is_more in (True, False):
        assert sum(
            change.units
            for change in account.changes
            if change.movement is None and (change.units > 0) == is_more
        ) == sum(delta for of_setup, delta in deltas if not of_setup and (delta > 0) == is_more)
    assert [
        (change.units, change.balance) for change in account.changes if change.movement is not None
    ] == [(one.delta_quantity, one.quantity) for one in own if one.kind in SETUP_MOVEMENTS]
    assert edges.opening + sum(delta for _kind, delta in deltas) == edges.closing.quantity
    if edges.last == row.version:
        assert edges.closing == (row.quantity, row.held, row.sold, row.drawn)


def happen(stage: Stage, chance: Random, times: int) -> None:
    """Plans, transfers, terms, sales, what ends them, releases: refused or not."""
    bookings: list[int] = []
    channels = list(stage.channels)
    drawing: list[dict[str, Any]] = [{"group": "Partners"}, {"draws": Draws.GENERAL}, {}]

    def sell() -> None:
        lines = [(chance.choice(["Ticket", "Bundle"]), chance.randint(1, 6))]
        channel = chance.choice(channels)
        if chance.random() < 0.5:
            bookings.append(stage.hold(lines, channel))
        else:
            bookings.append(id_of(stage.sell(lines, channel)))

    def give_back() -> None:
        if bookings:
            sales.cancel(chance.choice(bookings), by=SYSTEM, reason="test")

    def move() -> None:
        pool = chance.choice(list(stage.pools.values()))
        rows = list(Stock.objects.filter(pool=pool, kind__in=("CHANNEL", "OPEN")).order_by("pk"))
        source, target = chance.sample(rows, 2)
        transfer(source, target, chance.randint(1, 9))

    def draw() -> None:
        stage.draw(chance.choice(channels), chance.choice(list(stage.pools)))

    def plan() -> None:
        ends = timezone.now() - timedelta(minutes=1) if chance.random() < 0.5 else None
        lines = [
            line(
                stage,
                channel,
                chance.randint(0, 8),
                releases_at=ends,
                **dict(chance.choice(drawing)),
            )
            for channel in channels
        ]
        pool = chance.choice(list(stage.pools))
        apply(
            stage,
            *lines,
            group("Partners", chance.randint(0, 5)),
            pool=pool,
            now=timezone.now() - timedelta(hours=1),
        )

    def release() -> None:
        release_pool(chance.choice(list(stage.pools.values())).pk, timezone.now())

    acts = [sell] * 10 + [give_back] * 5 + [move] * 4 + [draw, plan, plan, release, release]
    for _time in range(times):
        with suppress(RefusedError):
            chance.choice(acts)()


def spread(stage: Stage, chance: Random) -> None:
    """Put the acts some hours apart, as in life: days begin and end between them."""
    del stage
    moment = timezone.now()
    for at in sorted(set(Movement.objects.values_list("at", flat=True)), reverse=True):
        with unguarded():
            execute("UPDATE allocations_movement SET at = %s WHERE at = %s", str(moment), str(at))
        moment -= timedelta(minutes=chance.randint(1, 500))


def at_moment(row: Stock, version: int, at: datetime) -> None:
    with unguarded():
        execute(
            "UPDATE allocations_movement SET at = %s WHERE stock_id = %s AND version = %s",
            *(str(at), row.pk, version),
        )


@contextmanager
def unguarded() -> Iterator[None]:
    """The ledger is append-only: only a test writes another past."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE allocations_movement DISABLE TRIGGER USER")
    yield
    execute("ALTER TABLE allocations_movement ENABLE TRIGGER USER")


@pytest.mark.parametrize("kind", [MovementKind.MOVE, MovementKind.SELL])
def test_a_statement_that_does_not_add_up_is_never_shown(stage: Stage, kind: str) -> None:
    stage.sell([("Ticket", 31)], "hotel")
    with unguarded():
        execute(
            "UPDATE allocations_movement SET delta_quantity = delta_quantity + 1"
            " WHERE stock_id = %s AND kind = %s",
            *(stage.row(channel="hotel").pk, kind),
        )
    with pytest.raises(StatementError):
        read(stage, "hotel")


def test_a_ledger_that_ends_elsewhere_than_the_stock_is_noticed(stage: Stage) -> None:
    row = stage.row()
    with unguarded():
        execute(
            "UPDATE allocations_movement SET quantity = quantity + 1"
            " WHERE stock_id = %s AND version = %s",
            *(row.pk, row.version),
        )
    with pytest.raises(StatementError):
        read(stage)


def test_its_cost_and_size_do_not_grow_with_sales(stage: Stage) -> None:
    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            lines = sum(len(part.lines) for part in read(stage, "hotel").pools)
        return len(queries), lines

    stage.sell([("Ticket", 31)], "hotel")
    transfer(stage.row(), stage.row(channel="hotel"), 1)
    stage.sell([("Ticket", 2)], "hotel")
    before = asked()
    for _sale in range(5):
        stage.sell(channel="hotel")
        transfer(stage.row(), stage.open_row(), 1)
    assert asked() == before


# --- As a file ------------------------------------------------------------------------------------


def test_a_file_holds_the_same_and_no_formula(stage: Stage) -> None:
    stage.sell([("Ticket", 31)], "hotel")
    transfer(stage.row(), stage.row(channel="hotel"), 5, reason="=cmd|'/c calc'!A1")
    file = io.StringIO()
    write_csv(read(stage, "hotel", Reader.PARTNER), file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [(row["kind"], row["units"], row["balance"]) for row in rows] == [
        ("OPENING", "", "0"),
        ("MOVE", "30", "30"),
        ("TERMS", "0", "30"),
        ("DRAWN", "1", "31"),
        ("MOVE", "5", "36"),
        ("CLOSING", "", "36"),
    ]
    assert rows[4]["reason"] == "'=cmd|'/c calc'!A1"
    assert [rows[-1][name] for name in ("held", "sold", "drawn", "free")] == ["0", "31", "1", "5"]
