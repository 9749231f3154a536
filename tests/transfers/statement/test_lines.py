"""The allocation statement: what it says, in a period and in a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from allocations.models import SalesChannel
from allocations.plans.release import release_pool
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError
from sales import services as sales
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Stage, make_user
from tests.transfers.statement.reading import HOUR, MINUTE, at_moment, read, told, transfer
from transfers import services
from transfers.enums import Origin
from transfers.evidence import Beside, moved
from transfers.execution import execute as execute_transfers
from transfers.models import Transfer
from transfers.services import Wish
from transfers.statement.account import LineKind
from transfers.statement.lines import Reader, Who
from transfers.statement.table import write_csv

pytestmark = pytest.mark.django_db


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
        evidence=moved(stage.event, (hotel, web), 7, now, Beside({}, {})),
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
