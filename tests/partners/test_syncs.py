"""A channel reports late what it has sold and taken back, and reads what of it could not be done."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from allocations.enums import ContactKind
from allocations.models import ChannelContact
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from offline import resolving
from offline.enums import DUPLICATE, LATER, NOTES, PROBLEMS, STUCK, Outcome
from offline.models import Conflict, Report
from partners.enums import Scope
from sales.models import Booking
from tests.factories import Counters, Stage, make_stage
from tests.kept import kept
from tests.offline.selling import make_kiosk, report, take_lease
from tests.offline.selling import sale as reported
from tests.partners.conftest import Api, assert_problem, key_for
from tests.partners.test_people import Person
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

Entry = dict[str, Any]


@kept
def stage(db: None) -> Stage:
    return make_kiosk(100, channels=("web", "hotel"))


def sale(stage: Stage, client_id: object, quantity: object = 1, **fields: Any) -> Entry:
    lines = [{"item": stage.items["Ticket"].pk, "quantity": quantity}]
    return {"client_id": client_id, "sold_at": "2026-11-30T17:30:00+05:30", "lines": lines} | fields


def give_back(client_id: str, of: str, **fields: Any) -> Entry:
    return {"client_id": client_id, "sale": of} | fields


def results(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def outcomes(answer: Any) -> list[str]:
    return [found["result"] for found in results(answer)]


def test_a_sync_books_from_the_lease_and_the_same_again_gives_the_same_answer(
    stage: Stage, web: Api
) -> None:
    lease = take_lease(stage, [("Ticket", 10)])
    sent = {
        "lease": str(lease.uuid),
        "sales": [sale(stage, "A", 2, reference="R-7"), sale(stage, "B", 3)],
        "returns": [give_back("R1", "A", lines=[sale(stage, "", 1)["lines"][0]] * 2)],
    }
    first = web.post("/sync/", sent, key="one")
    assert [(found["kind"], found["client_id"]) for found in results(first)] == [
        ("SALE", "A"),
        ("SALE", "B"),
        ("RETURN", "R1"),
    ]
    assert outcomes(first) == ["ACCEPTED"] * 3
    booking = Booking.objects.get(reference="R-7")
    assert results(first)[0]["booking"] == results(first)[2]["booking"] == str(booking.uuid)
    # The same item in two lines of a return is the sum, and it goes to the channel and not to the lease.
    assert (booking.status, stage.counters()) == ("CANCELLED", Counters(100, 5, 3, 0))
    said_at = Report.objects.get(client_id="A").said_at
    assert said_at is not None
    assert said_at.isoformat() == "2026-11-30T12:00:00+00:00"
    with nothing_changed():
        again = web.post("/sync/", sent, key="one")
    assert (again.headers["Idempotency-Replayed"], again.content) == ("true", first.content)
    other_key = web.post("/sync/", sent, key="two")
    assert outcomes(other_key) == ["DUPLICATE"] * 3
    assert [found["booking"] for found in results(other_key)] == [
        found["booking"] for found in results(first)
    ]
    assert stage.counters() == Counters(100, 5, 3, 0)
    assert_reconciled()
    assert ChannelContact.objects.filter(
        channel=stage.channels["web"], kind=ContactKind.SYNC
    ).exists()


UNREADABLE: list[tuple[dict[str, Any], str]] = [
    ({"quantity": "2"}, "lines[0].quantity: Must be a whole number, not text."),
    ({"quantity": 0}, "lines[0].quantity: Must be from 1 to 10000."),
    ({"quantity": 10**90}, "lines[0].quantity: Must be from 1 to 10000."),
    ({"quantity": True}, "lines[0].quantity: Must be a whole number, not true or false."),
    ({"item": None}, "lines[0].item: Must be a whole number, not null."),
    ({"item": 2**63}, "lines[0].item: Must be from 1 to 9223372036854775807."),
    ({"unit_price": "1e5"}, "lines[0].unit_price: Must be like"),
    ({"buyer": "Asha Rao"}, "lines[0].buyer: There is no such field."),
]


@pytest.mark.parametrize(("change", "detail"), UNREADABLE, ids=lambda value: ascii(value)[:30])
def test_one_that_cannot_be_read_is_kept_and_holds_up_no_other(
    stage: Stage, web: Api, change: dict[str, Any], detail: str
) -> None:
    wrong = sale(stage, "B")
    wrong["lines"][0] |= change
    answer = web.post("/sync/", {"sales": [sale(stage, "A"), wrong, sale(stage, "C")]})
    assert outcomes(answer) == ["ACCEPTED", "UNREADABLE", "ACCEPTED"]
    problem = results(answer)[1]["problem"]
    assert problem["code"] == "VALIDATION"
    assert problem["detail"].startswith(detail)
    conflict = Conflict.objects.get()
    assert str(conflict.uuid) == results(answer)[1]["conflict"]
    assert stage.counters().sold == 2
    again = web.post("/sync/", {"sales": [wrong]})
    assert results(again)[0] == results(answer)[1] | {"result": "DUPLICATE"}


def test_what_is_kept_of_a_report_has_known_fields_alone_and_an_end(stage: Stage, web: Api) -> None:
    sent = [
        sale(stage, "A", email="asha@example.com", reference="a\x00b\ud800" + "c" * 900),
        {"client_id": "B", "lines": {"buyer": "Asha"}, "reference": ["Asha"], "sold_at": 2.50},
        {"client_id": "C", "lines": [{"item": 1, "name": "Asha"}] * 900},
        {"client_id": "D", "lines": [["Asha"], "x", None]},
    ]
    answer = web.post("/sync/", {"sales": sent, "returns": [{"client_id": "E", "who": "Asha"}]})
    assert outcomes(answer) == ["UNREADABLE"] * 5
    kept_of = dict(Report.objects.values_list("client_id", "said"))
    assert kept_of["A"]["reference"] == "a\N{REPLACEMENT CHARACTER}b?" + "c" * 296
    assert kept_of["B"] == {
        "client_id": "B",
        "lines": "{…}",
        "reference": "[…]",
        "sold_at": "2.5",
    }
    assert kept_of["C"]["lines"] == [{"item": 1}] * 100
    assert kept_of["D"]["lines"] == ["[…]", "x", None]
    assert kept_of["E"] == {"client_id": "E"}
    assert "sha" not in json.dumps([*kept_of.values(), [c.detail for c in Conflict.objects.all()]])


@pytest.mark.parametrize(
    "time", ["yesterday", None, 5, "2026-13-01T00:00:00Z", "2026-11-30T17:30:00", "\x00", {}, ""]
)
def test_a_time_that_cannot_be_read_is_noted_and_the_sale_counts(
    stage: Stage, web: Api, time: object
) -> None:
    returned = give_back("R", "A", returned_at=time)
    answer = web.post("/sync/", {"sales": [sale(stage, "A", sold_at=time)], "returns": [returned]})
    assert outcomes(answer) == ["ACCEPTED", "ACCEPTED"]
    for found in results(answer):
        assert [note["code"] for note in found["notes"]] == ["UNREADABLE_TIME"]
    assert set(Report.objects.values_list("said_at", flat=True)) == {None}


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-23:59"])
def test_a_clock_that_is_wrong_by_ages_changes_nothing(stage: Stage, web: Api, time: str) -> None:
    [found] = results(web.post("/sync/", {"sales": [sale(stage, "A", sold_at=time)]}))
    assert (found["result"], found["notes"]) == ("ACCEPTED", [])


NO_CLIENT_ID: list[tuple[Any, str]] = [
    ({"sales": {}}, "sales"),
    ({"sales": None}, "sales"),
    ({"returns": "x"}, "returns"),
    ({"sold": []}, "sold"),
    ({"lease": "x"}, "lease"),
    ({"lease": None}, "lease"),
    ({"sales": ["x"]}, "sales[0]"),
    ({"sales": [None]}, "sales[0]"),
    ({"sales": [{}]}, "sales[0].client_id"),
    ({"returns": [{"client_id": 5, "sale": "A"}]}, "returns[0].client_id"),
    *(
        ({"sales": [{"client_id": name, "lines": 5}]}, "sales[0].client_id")
        for name in ("", " ", "a ", "x" * 101, "a\nb", "a\x00b", "\ud800", "a\u202eb", None, ["a"])
    ),
    ([], ""),
]


@pytest.mark.parametrize(("body", "field"), NO_CLIENT_ID, ids=lambda value: ascii(value)[:50])
def test_a_call_that_cannot_be_meant_is_refused_whole(
    stage: Stage, web: Api, body: Any, field: str
) -> None:
    if isinstance(body, dict) and isinstance(body.get("sales"), list):
        body = body | {"sales": [*body["sales"], sale(stage, "good")]}
    with nothing_changed():
        assert_problem(web.post("/sync/", body), 400, "VALIDATION", field)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"sales": [{"client_id": "A", "lines": NaN}]}',
        b'{"sales": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"sales": [{"client_id": "A", "lines": ' + b"9" * 9_000 + b"}]}",
        b'{"sales": [{"client_id": "A", "client_id": "B"}]}',
    ],
    ids=["NaN", "nested", "digits", "twice"],
)
def test_what_is_no_json_is_refused_whole(web: Api, raw: bytes) -> None:
    with nothing_changed():
        refused = web.post("/sync/", raw=raw)
    assert (refused.status_code, json.loads(refused.content)["code"]) == (400, "VALIDATION")


def test_deep_nesting_inside_an_entry_makes_that_one_unreadable(stage: Stage, web: Api) -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    answer = web.post("/sync/", {"sales": [sale(stage, "A", lines=deep), sale(stage, "B")]})
    assert outcomes(answer) == ["UNREADABLE", "ACCEPTED"]


def test_names_from_right_to_left_are_names(stage: Stage, web: Api) -> None:
    names = ["שער־3", "بوابة-٣", "दिल्ली-०४"]
    sent = {"sales": [sale(stage, name) for name in names]}
    assert outcomes(web.post("/sync/", sent)) == ["ACCEPTED"] * 3
    assert set(Booking.objects.values_list("reference", flat=True)) == set(names)


@pytest.mark.parametrize(("sales", "returns", "field"), [(1_001, 0, "sales"), (1_000, 1, "sales")])
def test_a_call_has_at_most_a_thousand_reports(
    stage: Stage, web: Api, sales: int, returns: int, field: str
) -> None:
    sent = {
        "sales": [{"client_id": str(number)} for number in range(sales)],
        "returns": [{"client_id": str(number)} for number in range(returns)],
    }
    with nothing_changed():
        assert_problem(web.post("/sync/", sent), 400, "VALIDATION", field)
        no_key = web.post("/sync/", {"sales": []}, key=None)
        assert_problem(no_key, 400, "VALIDATION", "Idempotency-Key")


def test_a_sync_of_nothing_is_a_sign_of_life(stage: Stage, web: Api) -> None:
    assert results(web.post("/sync/", {})) == []
    assert ChannelContact.objects.filter(kind=ContactKind.SYNC).exists()


def test_a_hundred_sales_take_as_many_statements_as_one(stage: Stage, web: Api) -> None:
    lease = str(take_lease(stage, [("Ticket", 90)]).uuid)
    web.post("/sync/", {})  # the key, and the sign of life of this minute
    counts = []
    for count in (1, 90):
        sales = [sale(stage, f"{count}-{number}") for number in range(count)]
        wrong = [{"client_id": f"{count}-w{number}"} for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            answer = web.post("/sync/", {"lease": lease, "sales": [*sales, *wrong]})
        assert outcomes(answer) == ["ACCEPTED"] * count + ["UNREADABLE"] * count
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 30


def test_what_a_partner_does_not_know_of_is_no_item(stage: Stage, web: Api) -> None:
    foreign = make_stage(channels=("theirs",))
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)
    sent = [sale(made, f"S{number}") for number, made in enumerate((stage, foreign))]
    for found in results(web.post("/sync/", {"sales": sent})):
        assert (found["result"], found["problem"]["code"]) == ("UNREADABLE", "UNKNOWN_ITEM")


def test_a_lease_of_another_channel_is_not_there(stage: Stage, hotel: Api) -> None:
    lease = take_lease(stage)
    with nothing_changed():
        refused = hotel.post("/sync/", {"lease": str(lease.uuid), "sales": [sale(stage, "A")]})
    assert_problem(refused, 404, "NOT_FOUND", "lease")


def test_a_sync_takes_the_scope_sync(stage: Stage) -> None:
    channel = stage.channels["web"]
    sells = Api(key_for(channel, Scope.READ, Scope.SELL))
    with nothing_changed():
        assert_problem(sells.post("/sync/", {"sales": [sale(stage, "A")]}), 403, "FORBIDDEN")
    syncs = Api(key_for(channel, Scope.SYNC))
    sent = {"sales": [sale(stage, "A")], "returns": [give_back("R", "A")]}
    assert outcomes(syncs.post("/sync/", sent)) == ["ACCEPTED", "ACCEPTED"]
    assert_problem(syncs.get("/conflicts/"), 403, "FORBIDDEN")


def test_a_person_who_syncs_returns_may_refund(stage: Stage) -> None:
    seller = Person(stage, None)
    seller.user.user_permissions.add(Permission.objects.get(codename="sell_booking"))
    named = {"channel": stage.channels["web"].pk, "sales": [sale(stage, "A")]}
    with nothing_changed():
        refused = seller.post("/sync/", named | {"returns": [give_back("R", "A")]})
        assert_problem(refused, 403, "FORBIDDEN")
        assert_problem(seller.post("/sync/", {"sales": []}), 400, "VALIDATION", "channel")
    assert outcomes(seller.post("/sync/", named)) == ["ACCEPTED"]
    office = Person(stage, Role.BOX_OFFICE)
    returned = {"channel": named["channel"], "returns": [give_back("R", "A")]}
    assert outcomes(office.post("/sync/", returned)) == ["ACCEPTED"]


# --- Conflicts ------------------------------------------------------------------------------------


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [found["id"] for found in answer.json()["results"]]


def refused_sales(stage: Stage, client_ids: Sequence[str]) -> list[str]:
    found = report(stage, [reported(stage, client_id, 200) for client_id in client_ids])
    return [str(result["conflict"]) for result in found]


def test_a_conflict_says_why_and_what_became_of_it(stage: Stage, web: Api) -> None:
    stage.sell([("Ticket", 98)])
    [found] = results(web.post("/sync/", {"sales": [sale(stage, "A", 3)]}))
    numbers = {"asked": 3, "sellable": 2, "limited_by": "stock"}
    assert (found["result"], found["problem"]["numbers"]) == ("CONFLICT", numbers)
    conflict = Conflict.objects.get()
    told = web.get(f"/conflicts/{conflict.uuid}/").json()
    assert told == {
        "id": found["conflict"],
        "channel": stage.channels["web"].pk,
        "client_id": "A",
        "kind": "SALE",
        "code": "SOLD_OUT",
        "detail": found["problem"]["detail"],
        "numbers": numbers,
        "event": stage.event.pk,
        "lines": [{"item": stage.items["Ticket"].pk, "quantity": 3, "unit_price": "10.00"}],
        "status": "OPEN",
        "resolution": None,
        "booking": None,
        "utc_said_at": "2026-11-30T12:00:00Z",
        "utc_began_at": told["utc_began_at"],
        "utc_resolved_at": None,
    }
    booking = resolving.raise_and_book(conflict.pk, by=SYSTEM, reason="stools")
    later = web.get(f"/conflicts/{conflict.uuid}/").json()
    assert (later["status"], later["resolution"], later["booking"]) == (
        "RESOLVED",
        "CAPACITY",
        str(booking.uuid),
    )
    assert "stools" not in json.dumps(later)
    assert_reconciled()


def test_conflicts_are_listed_by_status_and_event_the_newest_first(stage: Stage, web: Api) -> None:
    first, second = refused_sales(stage, ["A", "B"])
    [unread] = results(web.post("/sync/", {"sales": [{"client_id": "C"}]}))
    assert ids(web.get("/conflicts/")) == [unread["conflict"], second, first]
    assert ids(web.get(f"/conflicts/?event={stage.event.pk}")) == [second, first]
    web.post("/sync/", {"returns": [give_back("R", "A")]})
    assert ids(web.get("/conflicts/?status=RESOLVED")) == [first]
    assert ids(web.get("/conflicts/?status=OPEN&page_size=1")) == [unread["conflict"]]
    assert_problem(web.get("/conflicts/?status=LOST"), 400, "VALIDATION", "status")


def test_conflicts_of_another_channel_or_venue_are_not_there(stage: Stage, hotel: Api) -> None:
    [conflict] = refused_sales(stage, ["A"])
    office = Person(stage, Role.BOX_OFFICE)
    stranger = Person(make_stage(), Role.BOX_OFFICE)
    assert ids(hotel.get("/conflicts/")) == ids(stranger.get("/conflicts/")) == []
    assert_problem(hotel.get(f"/conflicts/{conflict}/"), 404, "NOT_FOUND", "id")
    assert_problem(stranger.get(f"/conflicts/{conflict}/"), 404, "NOT_FOUND", "id")
    foreign = hotel.get(f"/conflicts/?channel={stage.channels['web'].pk}")
    assert_problem(foreign, 404, "NOT_FOUND", "channel")
    assert ids(office.get(f"/conflicts/?channel={stage.channels['web'].pk}")) == [conflict]
    assert ids(office.get("/conflicts/")) == [conflict]
    assert_problem(Person(stage, None).get("/conflicts/"), 403, "FORBIDDEN")


def test_the_guide_says_what_each_result_and_each_code_means() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    late = guide.partition("## Selling while offline")[2].partition("\n## ")[0]
    first_cells = " ".join(re.findall(r"^\| (.+?) \|", late, re.MULTILINE))
    named = re.findall(r"`([A-Z_]+)`", first_cells)
    assert sorted(named) == sorted([*PROBLEMS, *NOTES, *Outcome.values, DUPLICATE, LATER, STUCK])
