"""What is exported can be imported again, and says the same."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from allocations.enums import Closes, Draws, Opens
from allocations.models import Listing, PlanGroup, PlanLine, SalesChannel, Stock
from allocations.plans.services import apply_plan
from allocations.plans.spec import Group, Line, PlanSpec
from common.actor import SYSTEM
from common.sheets import Sheet, csv_lines, workbook
from events.enums import EventStatus
from events.models import Component, Event, Item, Pool, Series, Venue
from exchange.enums import FileKind, RunState
from exchange.exports import SOURCES, Bounds, rows_within, sheets_of
from exchange.tables import TABLES
from tests.exchange.conftest import LOCAL, STARTS
from tests.exchange.files import check, confirm, imported, xlsx_bytes
from tests.factories import Stage
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db


def exported(user: User, name: str, bounds: Bounds | None = None) -> Any:
    source = SOURCES[name]
    [sheet] = sheets_of([(source, rows_within(source, user, bounds or Bounds()))], FileKind.XLSX)
    return sheet


def written(*sheets: Sheet) -> bytes:
    with workbook(sheets) as file:
        return file.read()


def full(stage: Stage) -> None:
    """Fill every column with something."""
    stage.event.venue.upi_address, stage.event.venue.upi_name = "blue.hall-1@okbank", "Blue Hall"
    stage.event.venue.save()
    series = Series.objects.create(venue=stage.event.venue, name="=Series; “1”")
    stage.event.series = series
    stage.event.stop_reason = 'Rain, "heavy"'
    stage.event.save()
    Event.objects.create(
        venue=stage.event.venue,
        name="@Fair",
        starts_at=STARTS,
        all_day=True,
        opens_at="10:00",
        closes_at="02:30:15",
    )
    full_plans(stage)


def full_plans(stage: Stage) -> None:
    """A plan that uses each form of each rule once."""
    moment = datetime(2030, 11, 1, 4, 30, tzinfo=UTC)
    Event.objects.filter(pk=stage.event.pk).update(sales_from=moment - timedelta(days=30))
    stage.event.refresh_from_db()
    with transaction.atomic():
        apply_plan(
            pool=stage.pools["GA"],
            spec=PlanSpec(
                (
                    Line(
                        channel_id=stage.channels["web"].pk,
                        percent=Decimal("33.33"),
                        draws=Draws.GENERAL,
                        opens=Opens.AFTER_ON_SALE,
                        opens_hours=48,
                        closes=Closes.AT,
                        closes_at=moment,
                        floor=10,
                        ceiling=60,
                        releases_at=moment,
                    ),
                    Line(
                        channel_id=stage.channels["agent"].pk,
                        units=0,
                        draws=Draws.GROUP,
                        group="General",
                        tier=2,
                        opens=Opens.AFTER_TIER,
                        closes=Closes.BEFORE_START,
                        closes_hours=72,
                    ),
                ),
                (Group(name="General", units=12, release_hours=72), Group(name="=1", units=0)),
            ),
            by=SYSTEM,
            reason="test",
            now=moment - timedelta(days=10),
        )
        apply_plan(
            pool=stage.pools["Park"],
            spec=PlanSpec(
                (Line(channel_id=stage.channels["web"].pk, percent=Decimal(50), is_dynamic=True),)
            ),
            by=SYSTEM,
            reason="test",
            now=moment,
        )


def rows_of(name: str) -> int:
    """How many rows a table has in a file."""
    if name == "plans":
        return PlanLine.objects.count() + PlanGroup.objects.count()
    return SOURCES[name].model._default_manager.count()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_as_csv_comes_back_unchanged(name: str, stage: Stage, superuser: User) -> None:
    full(stage)
    content = "".join(csv_lines(exported(superuser, name))).encode()
    run = check(superuser, content, "x.csv")
    assert run.problems == []
    assert run.state == RunState.READY
    assert (run.new_rows, run.changed_rows) == (0, 0)
    assert run.unchanged_rows == rows_of(name)


def test_the_workbook_comes_back_unchanged(stage: Stage, superuser: User) -> None:
    full(stage)
    content = written(*(exported(superuser, name) for name in TABLES))
    run = check(superuser, content, "x.xlsx")
    assert run.problems == []
    counts = sum(rows_of(name) for name in TABLES)
    assert (run.new_rows, run.changed_rows, run.unchanged_rows) == (0, 0, counts)


def season() -> dict[str, list[dict[str, Any]]]:
    """A venue with all that it needs to sell."""
    event = {"venue": "blue-hall", "event": "Diwali Night", "starts_at": "2030-11-05 19:00"}
    return {
        "venues": [{"venue": "blue-hall", "name": "Blue Hall", "city": "Pune"}],
        "series": [{"venue": "blue-hall", "series": "Nights"}],
        "channels": [
            {"venue": "blue-hall", "channel": "web", "name": "Website", "place": "Website"}
            | {"safety_buffer": "yes", "buffer_one_in": 10_000, "buffer_percent": 50},
            {"venue": "blue-hall", "channel": "desk", "name": "Desk", "place": "BOX_OFFICE"}
            | {"safety_buffer": "no", "buffer_one_in": "500", "buffer_percent": 30},
        ],
        "events": [{**event, "series": "Nights", "sales_until": "2030-11-05 18:00"}],
        "pools": [
            {**event, "pool": "General admission", "capacity": 1000},
            {**event, "pool": "Car park: north", "capacity": "300"},
        ],
        "items": [
            {**event, "item": "GA", "components": "General admission", "limit": None},
            {
                **event,
                "item": "GA + parking",
                "components": 'General admission:1 + "Car park: north":2',
                "limit": 100,
            },
        ],
        "listings": [
            {**event, "item": "GA", "channel": "web", "price": 1499.5, "limit": 500},
            {**event, "item": "GA + parking", "channel": "desk", "price": "1999", "limit": None},
        ],
    }


def test_a_season_is_made_from_one_workbook(superuser: User) -> None:
    run = imported(superuser, xlsx_bytes(season()), "season.xlsx")
    assert (run.new_rows, run.changed_rows, run.unchanged_rows) == (11, 0, 0)
    event = Event.objects.get()
    assert (event.venue.slug, str(event.series), event.status) == (
        "blue-hall",
        "Nights",
        EventStatus.DRAFT,
    )
    assert event.starts_at.isoformat() == "2030-11-05T13:30:00+00:00"
    assert dict(Pool.objects.values_list("name", "capacity")) == {
        "General admission": 1000,
        "Car park: north": 300,
    }
    assert set(Component.objects.values_list("item__name", "pool__name", "units")) == {
        ("GA", "General admission", 1),
        ("GA + parking", "General admission", 1),
        ("GA + parking", "Car park: north", 2),
    }
    assert set(Listing.objects.values_list("item__name", "channel__code", "price", "limit")) == {
        ("GA", "web", Decimal("1499.50"), 500),
        ("GA + parking", "desk", Decimal("1999.00"), None),
    }
    assert Item.objects.get(name="GA + parking").limit == 100
    desk, web = (SalesChannel.objects.get(code=code) for code in ("desk", "web"))
    assert desk.kind == "PHYSICAL"
    assert (desk.safety_buffer, desk.buffer_one_in, desk.buffer_percent) == (False, 500, 30)
    assert (web.safety_buffer, web.buffer_one_in, web.buffer_percent) == (True, 10_000, 50)
    # A row in each pool that the channel's items take from, as the admin makes them.
    assert set(Stock.objects.filter(kind="CHANNEL").values_list("channel__code", "pool__name")) == {
        ("web", "General admission"),
        ("desk", "General admission"),
        ("desk", "Car park: north"),
    }
    assert_reconciled()


def test_every_new_object_has_a_history_with_person_and_reason(superuser: User) -> None:
    imported(superuser, xlsx_bytes(season()), "season.xlsx")
    for model in (Venue, Series, SalesChannel, Event, Pool, Item, Component, Listing):
        records = model.history.all()
        assert records.count() >= model._default_manager.count(), model
        assert {(one.history_user, one.history_change_reason) for one in records} == {
            (superuser, "New season")
        }, model


def test_the_same_workbook_twice_changes_nothing(superuser: User) -> None:
    content = xlsx_bytes(season())
    imported(superuser, content, "season.xlsx")
    run = check(superuser, content, "season.xlsx")
    assert (run.new_rows, run.changed_rows, run.unchanged_rows) == (0, 0, 11)
    assert confirm(run).state == RunState.DONE
    assert Event.history.count() == 1


def test_changes_are_told_from_and_to_and_made(stage: Stage, manager: User) -> None:
    key = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    sheets = {
        "pools": [{**key, "pool": "GA", "capacity": 150}],
        "items": [{**key, "item": "Both", "components": "GA:2 + Park:1", "max_per_booking": 4}],
        "listings": [
            {
                **key,
                "item": "Ticket",
                "channel": "web",
                "price": "12.00",
                "limit": 30,
                "is_on": "no",
            }
        ],
    }
    run = check(manager, xlsx_bytes(sheets), "x.xlsx")
    assert run.problems == []
    assert run.changes == [
        ["pools", 2, "GA", [["capacity", "100", "150"]], False],
        [
            "items",
            2,
            "Both",
            [["max_per_booking", "–", "4"], ["components", "GA:1 + Park:1", "GA:2 + Park:1"]],
            False,
        ],
        [
            "listings",
            2,
            "Ticket · web",
            [["price", "10.00", "12.00"], ["is_on", "yes", "no"], ["limit", "–", "30"]],
            False,
        ],
    ]
    assert confirm(run).state == RunState.DONE
    assert stage.open_row().quantity == 90
    listing = stage.listing()
    assert (listing.price, listing.is_on, listing.limit) == (Decimal("12.00"), False, 30)
    assert Component.objects.get(item=stage.items["Both"], pool=stage.pools["GA"]).units == 2
    record = listing.history.first()
    assert (record.history_user, record.history_change_reason) == (manager, "New season")
    assert_reconciled()


def test_columns_that_are_left_out_and_cells_that_are_empty_leave_alone_what_must_be(
    stage: Stage, manager: User
) -> None:
    key = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    run = check(
        manager,
        xlsx_bytes({"listings": [{**key, "item": "Ticket", "channel": "web", "price": None}]}),
        "x.xlsx",
    )
    assert (run.problems, run.unchanged_rows) == ([], 1)


@pytest.mark.parametrize("name", [*SOURCES])
def test_the_number_of_statements_does_not_grow_with_the_rows(
    name: str, stage: Stage, superuser: User, django_assert_num_queries: Any
) -> None:
    stage.sell([("Ticket", 2)])
    full(stage)
    # Of plans their lines and their groups are counted, and read with their channels. What may be stopped is
    # read with its stops.
    stops = name in {"channels", "events", "items", "listings"}
    statements = {"items": 3, "plans": 6}.get(name, 2) + stops
    with django_assert_num_queries(statements):
        rows = list(exported(superuser, name).rows)
    assert rows


def test_a_workbook_says_what_is_text(stage: Stage, superuser: User) -> None:
    stage.event.name = "=1+1"
    stage.event.save()
    book = openpyxl.load_workbook(io.BytesIO(written(exported(superuser, "events"))))
    cell = book["events"]["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_the_template_can_be_uploaded_once_it_is_filled(
    stage: Stage, manager: User, sign_in: Any
) -> None:
    client: Client = sign_in(manager)
    answer: Any = client.get("/admin/exchange/importrun/both/template/")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    book["series"].append([stage.event.venue.slug, "Nights"])
    for title in set(TABLES) - {"series"}:
        del book[title]
    file = io.BytesIO()
    book.save(file)
    imported(manager, file.getvalue(), "template.xlsx")
    assert Series.objects.get().name == "Nights"
