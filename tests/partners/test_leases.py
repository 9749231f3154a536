"""A terminal that is offline at times leases tickets, extends the lease and hands back the rest."""

from typing import Any

import pytest

from accounts.roles import Role
from allocations.enums import Connectivity
from partners.enums import Scope
from sales.models import Block
from tests.factories import Counters, Stage, make_stage
from tests.kept import kept
from tests.offline.selling import make_kiosk, report, sale, take_lease
from tests.partners.conftest import Api, assert_problem, key_for
from tests.partners.test_people import Person
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

LONGEST = 24 * 3600


@kept
def stage(db: None) -> Stage:
    return make_kiosk(100, channels=("web", "hotel"))


def body(stage: Stage, quantity: int = 10, **fields: Any) -> dict[str, Any]:
    lines = [{"item": stage.items["Ticket"].pk, "quantity": quantity}]
    return {"event": stage.event.pk, "terminal": "Gate 3", "lines": lines} | fields


def test_a_lease_is_taken_read_extended_and_handed_back(stage: Stage, web: Api) -> None:
    made = web.post("/leases/", body(stage, expires_in_seconds=3600), key="one")
    assert made.status_code == 201
    lease = Block.objects.get()
    path = f"/leases/{lease.uuid}/"
    assert made.headers["Location"] == f"/api/v1{path}"
    assert stage.counters() == Counters(100, 10, 0, 0)
    told = made.json()
    assert told["terminal"] == "Gate 3"
    assert told["lines"] == [
        {
            "line": 1,
            "item": stage.items["Ticket"].pk,
            "quantity": 10,
            "sold": 0,
            "left": 10,
            "unit_price": "10.00",
        }
    ]
    assert web.get(path).json() == told
    assert web.get("/leases/").json()["results"] == [told]
    longer = web.post(f"{path}extend/").json()
    assert longer["utc_expires_at"] > told["utc_expires_at"]
    report(stage, [sale(stage, "A", 4)], lease=lease)
    back = web.post(f"{path}return/", {"reason": "closed"}).json()
    assert (back["status"], back["end_reason"], back["lines"][0]["left"]) == (
        "RETURNED",
        "closed",
        0,
    )
    assert stage.counters() == Counters(100, 0, 4, 0)
    assert_reconciled()
    with nothing_changed():
        again = web.post("/leases/", body(stage, expires_in_seconds=3600), key="one")
        assert_problem(web.post(f"{path}return/"), 409, "INVALID_STATE")
        assert_problem(web.post(f"{path}extend/"), 409, "INVALID_STATE")
    assert (again.headers["Idempotency-Replayed"], again.json()) == ("true", told)


def test_leases_are_listed_by_event_and_status(stage: Stage, web: Api) -> None:
    first, second = take_lease(stage, [("Ticket", 1)]), take_lease(stage, [("Ticket", 2)])
    web.post(f"/leases/{first.uuid}/return/")

    def listed(query: str) -> list[str]:
        return [lease["id"] for lease in web.get(f"/leases/?{query}").json()["results"]]

    assert listed("") == [str(second.uuid), str(first.uuid)]
    assert listed("status=RETURNED") == [str(first.uuid)]
    assert listed(f"event={stage.event.pk}&page_size=1") == [str(second.uuid)]
    assert listed(f"event={stage.event.pk + 1}") == []
    page = web.get("/leases/?page_size=1").json()
    following = web.get(page["next"].partition("/api/v1")[2]).json()
    assert [lease["id"] for lease in following["results"]] == [str(first.uuid)]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"terminal": ""}, "terminal"),
    ({"terminal": "  "}, "terminal"),
    ({"terminal": "x" * 101}, "terminal"),
    ({"terminal": "a\x00"}, "terminal"),
    ({"lines": []}, "lines"),
    ({"expires_in_seconds": 0}, "expires_in_seconds"),
    ({"expires_in_seconds": 7 * LONGEST + 1}, "expires_in_seconds"),
    ({"name": "x"}, "name"),
]


@pytest.mark.parametrize(("change", "field"), REFUSED, ids=lambda value: ascii(value)[:30])
def test_a_lease_that_cannot_be_meant_is_refused(
    stage: Stage, web: Api, change: dict[str, Any], field: str
) -> None:
    with nothing_changed():
        assert_problem(web.post("/leases/", body(stage, **change)), 400, "VALIDATION", field)


def test_a_lease_is_taken_by_the_rules_of_a_sale(stage: Stage, web: Api) -> None:
    twice = body(stage)
    twice["lines"] *= 2
    channel = stage.channels["web"]
    with nothing_changed():
        refused = web.post("/leases/", body(stage, 101))
        found = assert_problem(refused, 409, "SOLD_OUT", "lines[0].quantity")
        assert (found["asked"], found["sellable"]) == (101, 100)
        assert_problem(web.post("/leases/", twice), 400, "VALIDATION", "lines[1].item")
        no_key = web.post("/leases/", body(stage), key=None)
        assert_problem(no_key, 400, "VALIDATION", "Idempotency-Key")
        too_long = web.post("/leases/", body(stage, expires_in_seconds=7 * LONGEST))
        assert_problem(too_long, 400, "VALIDATION", "expires_in_seconds")
    channel.connectivity = Connectivity.REAL_TIME
    channel.save()
    with nothing_changed():
        assert_problem(web.post("/leases/", body(stage)), 409, "ALWAYS_CONNECTED", "channel")


def test_a_lease_of_another_channel_is_not_there(stage: Stage, hotel: Api) -> None:
    path = f"/leases/{take_lease(stage).uuid}/"
    with nothing_changed():
        assert_problem(hotel.get(path), 404, "NOT_FOUND", "id")
        assert_problem(hotel.post(f"{path}extend/"), 404, "NOT_FOUND", "id")
        assert_problem(hotel.post(f"{path}return/"), 404, "NOT_FOUND", "id")
    assert hotel.get("/leases/").json()["results"] == []


def test_to_lease_takes_the_scope_sync_and_to_look_takes_read(stage: Stage) -> None:
    channel = stage.channels["web"]
    syncs = Api(key_for(channel, Scope.SYNC))
    reads = Api(key_for(channel, Scope.READ, Scope.SELL))
    path = f"/leases/{syncs.post('/leases/', body(stage)).json()['id']}/"
    assert reads.get(path).status_code == reads.get("/leases/").status_code == 200
    with nothing_changed():
        assert_problem(reads.post("/leases/", body(stage)), 403, "FORBIDDEN")
        assert_problem(reads.post(f"{path}extend/"), 403, "FORBIDDEN")
        assert_problem(reads.post(f"{path}return/"), 403, "FORBIDDEN")
    assert_problem(syncs.get(path), 403, "FORBIDDEN")
    assert syncs.post(f"{path}return/").status_code == 200


def test_a_person_leases_for_channels_to_sell_through(stage: Stage) -> None:
    office, auditor = Person(stage, Role.BOX_OFFICE), Person(stage, Role.AUDITOR)
    stranger = Person(make_stage(), Role.BOX_OFFICE)
    named = body(stage, channel=stage.channels["web"].pk)
    path = f"/leases/{office.post('/leases/', named).json()['id']}/"
    assert auditor.get(path).status_code == 200
    office.user.channels.set([stage.channels["hotel"]])
    with nothing_changed():
        assert_problem(office.post("/leases/", body(stage)), 400, "VALIDATION", "channel")
        assert_problem(office.post(f"{path}return/", {}, key="back"), 403, "FORBIDDEN", "channel")
        assert_problem(auditor.post("/leases/", named), 403, "FORBIDDEN")
        assert_problem(stranger.post("/leases/", named), 404, "NOT_FOUND", "channel")
        assert_problem(stranger.get(path), 404, "NOT_FOUND", "id")
