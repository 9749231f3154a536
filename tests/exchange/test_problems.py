"""The dry run names sheet, row, column and reason; a file with a problem changes nothing."""

from typing import Any

import pytest

from accounts.models import User
from accounts.roles import Role
from allocations.models import Listing, SalesChannel
from events.models import Event, Pool, Series, Venue
from exchange.enums import RunState
from exchange.models import MAX_PROBLEMS
from tests.exchange.conftest import LOCAL, person
from tests.exchange.files import check, check_rows, problems, xlsx_bytes
from tests.factories import Stage, make_event
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


def gala(stage: Stage, **columns: Any) -> dict[str, Any]:
    return {
        "venue": stage.event.venue.slug,
        "event": "Gala",
        "starts_at": LOCAL,
        **columns,
    }


EVENT_PROBLEMS: list[tuple[dict[str, Any], str, str]] = [
    ({"event": ""}, "event", "The cell is empty."),
    ({"event": "x" * 201}, "event", "at most 200 characters (it has 201)"),
    ({"starts_at": "05/12/2026 19:30"}, "starts_at", "“05/12/2026 19:30” is no date and time"),
    ({"starts_at": "2026-02-30 19:30"}, "starts_at", "is no date and time"),
    ({"starts_at": "0001-01-01 19:30"}, "starts_at", "between 2000-01-01 and 2100-01-01"),
    ({"starts_at": 46000}, "starts_at", "“46000” is no date and time"),
    ({"starts_at": "2026-03-29 02:30"}, "starts_at", "The clocks skip this time: they go"),
    (
        {"starts_at": "2026-10-25 02:30"},
        "starts_at",
        "meant: 2026-10-25 02:30+02:00 or 2026-10-25 02:30+01:00",
    ),
    ({"ends_at": "2026-12-05 19:30"}, "ends_at", "The event ends after it starts."),
    ({"sales_from": "2026-12-02", "sales_until": "2026-12-01"}, "sales_until", "sale ends after"),
    ({"all_day": "yes"}, "opens_at", "An all-day event has opening hours"),
    ({"all_day": "perhaps"}, "all_day", "“perhaps” is neither yes nor no."),
    ({"all_day": "yes", "opens_at": "9 o'clock"}, "opens_at", "is no time such as 10:00"),
    ({"series": "Unheard of"}, "series", "The venue has no series “Unheard of”."),
    ({"status": "ON_SALE"}, "status", "it is DRAFT now, not ON_SALE"),
    ({"status": "GONE"}, "status", "“GONE” is none of: DRAFT"),
    ({"stop_reason": "Rain"}, "stop_reason", "An import does not change stop_reason"),
    ({"venue": "nowhere"}, "venue", "There is no venue “nowhere”."),
]


@pytest.mark.parametrize(
    ("columns", "column", "message"), EVENT_PROBLEMS, ids=range(len(EVENT_PROBLEMS))
)
def test_an_event_that_cannot_be(
    columns: dict[str, Any], column: str, message: str, venue: Venue, keeper: User
) -> None:
    Venue.objects.update(time_zone="Europe/Berlin")
    row = {"venue": venue.slug, "event": "New", "starts_at": "2026-12-05 19:30"}
    [(number, where, what)] = problems(check_rows(keeper, "events", {**row, **columns}))
    assert (number, where) == (2, column)
    assert message in what
    assert not Event.objects.exists()


PART_PROBLEMS: list[tuple[str, dict[str, Any], str, str]] = [
    ("pools", {"pool": "GA", "event": "Galla", "capacity": 1}, "event", "no event of this name"),
    ("pools", {"pool": "New"}, "capacity", "A new pool needs a capacity."),
    ("pools", {"pool": "New", "capacity": "1,000"}, "capacity", "can be read as 1000 and as 1.000"),
    ("pools", {"pool": "New", "capacity": 12.5}, "capacity", "“12.5” is no whole number"),
    ("pools", {"pool": "New", "capacity": -1}, "capacity", "-1 is not between 0 and 10000000."),
    ("pools", {"pool": "New", "capacity": 10**12}, "capacity", "is not between 0 and 10000000."),
    ("pools", {"pool": "New", "capacity": "9" * 400}, "capacity", "is no whole number"),
    ("pools", {"pool": "GA", "sold": 5}, "sold", "An import does not change sold: it is 0 now"),
    ("pools", {"pool": "GA", "position": 40_000}, "position", "is not between 0 and 32767"),
    ("items", {"item": "New"}, "components", "A new item needs a pool"),
    ("items", {"item": "New", "components": "GA:x"}, "components", "does not read like"),
    ("items", {"item": "New", "components": "GA:1 +"}, "components", "does not read like"),
    ("items", {"item": "New", "components": "GA:1 + GA:2"}, "components", "stands there twice"),
    ("items", {"item": "New", "components": "Balcony:1"}, "components", "no pool “Balcony”"),
    ("items", {"item": "New", "components": "GA:0"}, "components", "0 is not between 1 and 1000"),
    (
        "items",
        {"item": "New", "components": "GA", "min_per_booking": 4, "max_per_booking": 2},
        "max_per_booking",
        "not less than the minimum",
    ),
    ("items", {"item": "New", "components": "GA", "kind": "Deal"}, "kind", "“Deal” is none of"),
    ("listings", {"item": "New", "channel": "web", "price": 1}, "item", "no item “New”"),
    ("listings", {"item": "Ticket", "channel": "app", "price": 1}, "channel", "no channel “app”"),
    ("listings", {"item": "Ticket", "channel": "web", "price": "ten"}, "price", "is no amount"),
    (
        "listings",
        {"item": "Ticket", "channel": "web", "price": "-1"},
        "price",
        "-1.00 is negative.",
    ),
    ("listings", {"item": "Ticket", "channel": "web", "price": "1.0055"}, "price", "two decimals"),
    ("listings", {"item": "Ticket", "channel": "web", "price": "1e9"}, "price", "is no amount"),
    (
        "listings",
        {"item": "Ticket", "channel": "web", "price": 10, "price_floor": 11},
        "price_floor",
        "The floor 11.00 is above the price.",
    ),
]


@pytest.mark.parametrize(
    ("table", "columns", "column", "message"), PART_PROBLEMS, ids=range(len(PART_PROBLEMS))
)
def test_a_part_of_an_event_that_cannot_be(
    table: str, columns: dict[str, Any], column: str, message: str, stage: Stage, manager: User
) -> None:
    with nothing_changed():
        found = problems(check_rows(manager, table, gala(stage, **columns)))
    [(number, where, what)] = found
    assert (number, where) == (2, column)
    assert message in what


def test_a_freely_pricing_channel_needs_bounds_also_when_it_is_new(
    stage: Stage, manager: User
) -> None:
    slug = stage.event.venue.slug
    sheets = {
        "channels": [
            {"venue": slug, "channel": "ota", "name": "OTA", "place": "HOTEL", "pricing": "FREE"}
        ],
        "listings": [gala(stage, item="Ticket", channel="ota", price=10)],
    }
    found = problems(check(manager, xlsx_bytes(sheets), "x.xlsx"))
    assert [(row, column) for row, column, _ in found] == [(2, "price_floor"), (2, "price_ceiling")]


def test_a_capacity_below_what_is_used_is_refused_with_the_numbers(
    stage: Stage, manager: User
) -> None:
    stage.sell([("Ticket", 7)])
    found = problems(check_rows(manager, "pools", gala(stage, pool="GA", capacity=50)))
    assert found == [
        (
            2,
            "capacity",
            (
                "The capacity can shrink by 40, the free units of the open stock, from 100 to 60, "
                "not to 50; 7 are sold, 0 held."
            ),
        )
    ]


def test_a_limit_below_what_is_used_is_refused_with_the_numbers(
    stage: Stage, manager: User
) -> None:
    stage.sell([("Ticket", 7)])
    stage.hold([("Ticket", 2)])
    message = "2 are held and 7 sold already; the limit cannot be 8."
    for table, own in (("items", {}), ("listings", {"channel": "web"})):
        row = gala(stage, item="Ticket", **own, limit=8)
        assert problems(check_rows(manager, table, row)) == [(2, "limit", message)]
        assert check_rows(manager, table, {**row, "limit": 9}).state == RunState.READY


def test_no_more_is_changed_at_once_than_sales_may_wait_for(
    stage: Stage, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is new does not count: nobody sells from it."""
    monkeypatch.setattr("exchange.dry_run.MAX_SETTLED", 3)
    sheets = {
        "pools": [gala(stage, pool="New", capacity=3), gala(stage, pool="GA", capacity=110)],
        "items": [
            gala(stage, item="New", components="GA + New", limit=3),
            gala(stage, item="Both", components="GA:2", limit=None),
        ],
        "listings": [
            gala(stage, item="New", channel="web", price=1, limit=2),
            gala(stage, item="Ticket", channel="web", price=1, limit=9),
        ],
    }
    assert check(manager, xlsx_bytes(sheets), "x.xlsx").state == RunState.READY
    sheets["pools"].append(gala(stage, pool="Park", capacity=21))
    [(row, column, message)] = problems(check(manager, xlsx_bytes(sheets), "x.xlsx"))
    assert (row, column) == (0, "")
    assert "in 4 rows of what is there already; at most 3 can be changed at once" in message


def test_what_a_sold_item_consists_of_stays(stage: Stage, manager: User) -> None:
    stage.sell()
    row = gala(stage, item="Ticket", components="GA:2")
    message = "The item has been sold: what it consists of can no longer change."
    assert problems(check_rows(manager, "items", row)) == [(2, "components", message)]


def test_a_row_that_stands_twice_is_named_with_the_first(stage: Stage, manager: User) -> None:
    slug = stage.event.venue.slug
    rows = [{"venue": slug, "series": name} for name in ("A", "B", " A ")]
    found = problems(check_rows(manager, "series", *rows))
    assert found == [(4, "", "The same stands in row 2 already.")]
    assert not Series.objects.exists()


def test_two_channels_of_a_venue_cannot_have_one_name(stage: Stage, manager: User) -> None:
    slug = stage.event.venue.slug
    row = {"venue": slug, "channel": "new", "name": "agent", "place": "HOTEL"}
    message = "The channel “agent” of the venue has this name."
    assert problems(check_rows(manager, "channels", row)) == [(2, "name", message)]


def test_two_events_alike_cannot_be_told_apart(stage: Stage, manager: User) -> None:
    make_event(stage.event.venue, name="Gala", starts_at=stage.event.starts_at)
    [(row, column, message)] = problems(
        check_rows(manager, "pools", gala(stage, pool="GA", capacity=120))
    )
    assert (row, column) == (2, "event")
    assert message.startswith("The venue has 2 events of this name that start then")


def test_every_bad_row_is_named_and_the_first_are_kept(stage: Stage, manager: User) -> None:
    rows = [gala(stage, pool=f"P{n}", capacity="many") for n in range(MAX_PROBLEMS + 10)]
    run = check_rows(manager, "pools", *rows)
    assert run.problem_count == MAX_PROBLEMS + 10
    assert [row for _sheet, row, _column, _message in run.problems] == [*range(2, MAX_PROBLEMS + 2)]


def test_a_bad_time_zone_spoils_its_row_alone(superuser: User) -> None:
    sheets = {
        "venues": [{"venue": "mars", "name": "Mars", "time_zone": "Mars/Base"}],
        "events": [{"venue": "mars", "event": "Landing", "starts_at": "2030-01-01 10:00"}],
    }
    found = problems(check(superuser, xlsx_bytes(sheets), "x.xlsx"))
    assert (2, "time_zone", "“Mars/Base” is no IANA time zone, such as Asia/Kolkata.") in found
    assert not Venue.objects.exists()


def test_a_venue_that_is_there_keeps_its_events_readable_when_its_zone_is_bad(
    stage: Stage, superuser: User
) -> None:
    slug = stage.event.venue.slug
    sheets = {
        "venues": [{"venue": slug, "time_zone": "../../etc/passwd"}],
        "series": [{"venue": slug, "series": "Nights"}],
    }
    found = problems(check(superuser, xlsx_bytes(sheets), "x.xlsx"))
    assert [(row, column) for row, column, _ in found] == [(2, "time_zone")]


# --- Who may what ---------------------------------------------------------------------------


def test_another_venue_answers_like_one_that_does_not_exist(
    stage: Stage, other: Stage, manager: User
) -> None:
    for table, own in (
        ("series", {"series": "Nights"}),
        ("channels", {"channel": "new", "name": "New", "place": "HOTEL"}),
        ("events", {"event": "New", "starts_at": LOCAL}),
        ("pools", {"event": other.event.name, "starts_at": LOCAL, "pool": "GA", "capacity": 5}),
    ):
        for slug in (other.event.venue.slug, "nowhere"):
            found = problems(check_rows(manager, table, {"venue": slug, **own}))
            assert found == [(2, "venue", f"There is no venue “{slug}”.")], table


def test_only_a_superuser_makes_venues(other: Stage, manager: User, superuser: User) -> None:
    for slug in (other.event.venue.slug, "blue-hall"):
        found = problems(check_rows(manager, "venues", {"venue": slug, "name": "Blue"}))
        assert found == [(2, "", "You may not add venues.")]
    assert check_rows(superuser, "venues", {"venue": "blue", "name": "B"}).state == RunState.READY


def test_a_partner_manager_lists_and_sets_no_limit_and_no_capacity(stage: Stage) -> None:
    user = person(Role.PARTNER_MANAGER, stage)
    Listing.objects.filter(item=stage.items["Both"], channel=stage.channels["agent"]).delete()
    row = gala(stage, item="Both", channel="agent", price=10)
    assert check_rows(user, "listings", row).state == RunState.READY
    refused = [(2, "limit", "You may not change capacities and limits.")]
    assert problems(check_rows(user, "listings", {**row, "limit": 5})) == refused
    assert problems(check_rows(user, "pools", gala(stage, pool="New", capacity=5))) == [
        (2, "", "You may not add pools.")
    ]
    assert problems(check_rows(user, "events", gala(stage, sales_until="2030-12-01"))) == [
        (2, "", "You may not change events.")
    ]


def test_a_venue_manager_does_all_but_make_venues(stage: Stage, manager: User) -> None:
    slug = stage.event.venue.slug
    sheets = {
        "venues": [{"venue": slug, "city": "Pune"}],
        "series": [{"venue": slug, "series": "Nights"}],
        "channels": [{"venue": slug, "channel": "new", "name": "New", "place": "HOTEL"}],
        "events": [{"venue": slug, "event": "New", "starts_at": LOCAL}],
        "pools": [gala(stage, pool="GA", capacity=200), gala(stage, pool="New", capacity=3)],
        "items": [gala(stage, item="New", components="GA + New", limit=3)],
        "listings": [gala(stage, item="New", channel="new", price=1, limit=2)],
    }
    run = check(manager, xlsx_bytes(sheets), "x.xlsx")
    assert (run.problems, run.new_rows, run.changed_rows) == ([], 6, 2)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE, Role.BOX_OFFICE, Role.PARTNER])
def test_others_import_nothing(role: Role, stage: Stage) -> None:
    run = check_rows(
        person(role, stage), "series", {"venue": stage.event.venue.slug, "series": "Nights"}
    )
    assert run.state == RunState.REJECTED
    assert run.message == "The person who uploaded the file may not import any more."
    assert SalesChannel.objects.count() == 2
    assert Pool.objects.count() == 2
