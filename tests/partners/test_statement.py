"""A channel reads every change of its part, as JSON and as a file, and nothing of any other."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from allocations.models import Movement, SalesChannel
from events.enums import EventStatus
from events.models import Event
from partners.enums import Scope
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.offline.selling import unreported
from tests.partners.conftest import Api, assert_problem, key_for
from tests.partners.test_people import Person


@kept
def stage(db: None) -> Stage:
    """Website 60, hotel 30, open 10 of 100; the hotel draws on the open stock."""
    found = make_stage(channels=("web", "hotel"), give={("GA", "web"): 60, ("GA", "hotel"): 30})
    found.draw("hotel")
    return found


def ask(api: Api, stage: Stage, query: str = "", **headers: str) -> Any:
    return api.get(f"/allocation/statement/?event={stage.event.pk}{query}", **headers)


def give_back(stage: Stage, hotel: Api, reason: str) -> str:
    body = {
        "event": stage.event.pk,
        "pool": stage.pools["GA"].pk,
        "direction": "BACK",
        "units": 2,
        "reason": reason,
    }
    # Units of its own, once the drawn ones are sold.
    return str(hotel.post("/transfers/", body).json()["id"])


def test_it_says_each_change_and_adds_up(stage: Stage, hotel: Api) -> None:
    given_back = give_back(stage, hotel, "fewer guests")
    stage.sell([("Ticket", 30)], "hotel")
    body = ask(hotel, stage).json()
    assert body.pop("utc_as_of").endswith("Z")
    [pool] = body.pop("pools")
    assert body == {
        "event": stage.event.pk,
        "channel": stage.channels["hotel"].pk,
        "time_zone": stage.event.venue.time_zone,
        "utc_from": None,
        "utc_until": None,
    }
    lines = pool.pop("lines")
    assert pool == {
        "id": stage.pools["GA"].pk,
        "name": "GA",
        "opening": 0,
        "closing": {"quantity": 30, "held": 0, "sold": 30, "drawn": 2, "free": 0},
        "unreported": None,
    }
    assert [(one["kind"], one["units"], one["balance"]) for one in lines] == [
        ("MOVE", 30, 30),
        ("TERMS", 0, 30),
        ("MOVE", -2, 28),
        ("DRAWN", 2, 30),
    ]
    at = Movement.objects.get(stock=stage.row(channel="hotel"), version=3).at
    assert lines[2] == {
        "kind": "MOVE",
        "text": "Transfer",
        "utc_at": at.isoformat().replace("+00:00", "Z"),
        "utc_since": None,
        "units": -2,
        "balance": 28,
        "counterpart": "the open stock",
        "who": "YOU",
        "reason": "fewer guests",
        "note": "",
        "transfer": given_back,
        "plan_version": None,
    }
    assert lines[3]["who"] == "SALES"


@pytest.mark.parametrize(("query", "accept"), [("&format=csv", "*/*"), ("", "text/csv")])
def test_the_file_says_the_same(stage: Stage, hotel: Api, query: str, accept: str) -> None:
    give_back(stage, hotel, "=1+1")
    answer = ask(hotel, stage, query, accept=accept)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="statement-hotel')
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["kind"], row["units"], row["balance"]) for row in rows] == [
        ("OPENING", "", "0"),
        ("MOVE", "30", "30"),
        ("TERMS", "0", "30"),
        ("MOVE", "-2", "28"),
        ("CLOSING", "", "28"),
    ]
    assert rows[3]["reason"] == "'=1+1"
    assert (rows[3]["who"], rows[3]["transfer"] != "") == ("YOU", True)


def test_while_nothing_has_changed_nothing_is_added_up(stage: Stage, hotel: Api) -> None:
    etag = ask(hotel, stage).headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        again = ask(hotel, stage, **{"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert len(queries) == 2  # the event, and where the ledger ends
    stage.sell()
    assert ask(hotel, stage, **{"if-none-match": etag}).status_code == 304
    stage.sell(channel="hotel")
    assert ask(hotel, stage, **{"if-none-match": etag}).status_code == 200
    assert ask(hotel, stage, "&format=csv", **{"if-none-match": etag}).status_code == 200


def test_what_is_not_reported_stands_beside_the_account(stage: Stage, hotel: Api) -> None:
    stage.sell([("Ticket", 12)], "hotel")
    etag = ask(hotel, stage).headers["ETag"]
    at = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
    unreported(stage, "hotel", about=3, high=9, reported_at=at)
    answer = ask(hotel, stage, **{"if-none-match": etag})
    [pool] = answer.json()["pools"]
    assert (pool["unreported"]["high"], pool["closing"]["sold"]) == (9, 12)
    file = ask(hotel, stage, "&format=csv").content.decode()
    *_, closing, late = csv.DictReader(io.StringIO(file))
    assert (closing["kind"], closing["sold"]) == ("CLOSING", "12")
    assert (late["kind"], late["utc_since"], late["units"], late["balance"]) == (
        "UNREPORTED",
        "2026-06-01T12:30:00Z",
        "",
        "",
    )
    assert late["text"] == "12 reported at 1 Jun 2026, 18:00 IST, about 15 now (12 to 21)"
    past = ask(hotel, stage, "&until=2026-06-02T00:00:00Z").json()["pools"]
    assert [one["unreported"] for one in past] == [None]


def test_a_period_can_be_named(stage: Stage, hotel: Api) -> None:
    moment = timezone.now()
    give_back(stage, hotel, "fewer guests")
    said = moment.isoformat().replace("+00:00", "Z")
    [pool] = ask(hotel, stage, f"&from={said}").json()["pools"]
    assert (pool["opening"], len(pool["lines"]), pool["closing"]["quantity"]) == (30, 1, 28)
    body = ask(hotel, stage, f"&until={said}").json()
    [pool] = body["pools"]
    assert (pool["closing"]["quantity"], body["utc_until"]) == (30, said)
    answer = ask(hotel, stage, f"&from={said}&until={said}")
    assert_problem(answer, 400, "VALIDATION", "until")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2030-01-01", "from"),
        ("until=x", "until"),
        ("format=xml", "format"),
        ("pool=1", "pool"),
        ("from=", "from"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_named(
    stage: Stage, hotel: Api, query: str, field: str
) -> None:
    assert_problem(ask(hotel, stage, f"&{query}"), 400, "VALIDATION", field)


def test_far_away_moments_are_no_mistake(stage: Stage, hotel: Api) -> None:
    query = "&from=0001-01-01T00:00:00Z&until=9999-12-31T00:00:00Z"
    [pool] = ask(hotel, stage, query).json()["pools"]
    assert (pool["opening"], pool["closing"]["quantity"]) == (0, 30)
    assert ask(hotel, stage, f"{query}&format=csv").status_code == 200


def test_nothing_of_another_channel_is_told(stage: Stage, web: Api, hotel: Api) -> None:
    SalesChannel.objects.filter(pk=stage.channels["web"].pk).update(name="Grand Secret")
    stage.sell([("Ticket", 41)])
    answer = ask(hotel, stage)
    assert "Grand Secret" not in answer.content.decode()
    [pool] = answer.json()["pools"]
    assert [(one["units"], one["balance"]) for one in pool["lines"]] == [(30, 30), (0, 30)]
    other = make_stage(channels=("web",))
    assert_problem(ask(web, other), 404, "NOT_FOUND", "event")
    answer = ask(web, stage, f"&channel={stage.channels['hotel'].pk}")
    assert_problem(answer, 404, "NOT_FOUND", "channel")
    assert_problem(web.get("/allocation/statement/"), 400, "VALIDATION", "event")
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)
    assert_problem(ask(web, stage), 404, "NOT_FOUND", "event")


def test_a_key_needs_the_scope_and_a_person_the_role(stage: Stage) -> None:
    seller = Api(key_for(stage.channels["hotel"], Scope.SELL))
    assert_problem(ask(seller, stage), 403, "FORBIDDEN")
    path = f"/allocation/statement/?event={stage.event.pk}"
    nobody, manager = Person(stage, None), Person(stage, Role.PARTNER_MANAGER)
    assert_problem(nobody.get(path), 403, "FORBIDDEN")
    assert_problem(manager.get(path), 400, "VALIDATION", "channel")
    found = manager.get(f"{path}&channel={stage.channels['hotel'].pk}").json()
    assert found["pools"][0]["closing"]["quantity"] == 30


def test_what_has_no_end_yet_ends_now(stage: Stage, hotel: Api) -> None:
    later = (timezone.now() + timedelta(days=400)).isoformat().replace("+00:00", "Z")
    [pool] = ask(hotel, stage, f"&until={later}").json()["pools"]
    assert pool["closing"]["quantity"] == 30
