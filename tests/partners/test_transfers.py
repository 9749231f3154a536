"""A channel asks for more units, gives some back, and reads what has moved to it and from it."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from allocations.models import SalesChannel
from common.actor import Actor
from events.enums import EventStatus
from events.models import Event
from partners.enums import Scope
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Counters, Stage, make_stage, make_user
from tests.kept import kept
from tests.partners.conftest import Api, assert_problem, key_for
from tests.partners.moving import body, make_moving
from tests.partners.test_people import Person
from tests.proofs import assert_reconciled, execute, nothing_changed
from transfers import services
from transfers.enums import Origin
from transfers.models import Transfer, TransferPolicy
from transfers.services import Wish


@kept
def stage(db: None) -> Stage:
    return make_moving()


def approve(answer: Any) -> Transfer:
    found = Transfer.objects.get(uuid=answer.json()["id"])
    services.approve([found.pk], by=make_user(), note="Fine.", now=timezone.now())
    found.refresh_from_db()
    return found


# --- Giving back ----------------------------------------------------------------------------------


def test_what_is_given_back_moves_at_once(stage: Stage, hotel: Api) -> None:
    stage.sell([("Ticket", 3)], "hotel")
    made = hotel.post("/transfers/", body(stage))
    assert made.status_code == 201
    found = made.json()
    assert made.headers["Location"] == f"/api/v1/transfers/{found['id']}/"
    transfer = Transfer.objects.get()
    none = {"unreported_at_most": None}
    own = {
        "quantity": 30,
        "quantity_after": 25,
        "held": 0,
        "sold": 3,
        "drawn": 0,
        "free": 27,
        **none,
    }
    assert found == {
        "id": str(transfer.uuid),
        "event": stage.event.pk,
        "pool": stage.pools["GA"].pk,
        "channel": stage.channels["hotel"].pk,
        "direction": "BACK",
        "counterpart": "the open stock",
        "status": "EXECUTED",
        "units": 5,
        "up_to": False,
        "moved": 5,
        "asked_by": "YOU",
        "reason": "Fewer guests than last year.",
        "needs": [],
        "note": "",
        "failure": "",
        "utc_requested_at": found["utc_requested_at"],
        "utc_lapses_at": found["utc_lapses_at"],
        "utc_decided_at": None,
        "utc_ended_at": found["utc_requested_at"],
        "when_requested": own,
        "when_ended": own,
    }
    assert stage.counters(channel="hotel") == Counters(25, 0, 3, 0)
    assert stage.open_row().quantity == 15
    assert (transfer.origin, transfer.asking_channel) == (Origin.PARTNER, stage.channels["hotel"])
    assert transfer.api_key_id is not None
    assert hotel.get(f"/transfers/{found['id']}/").json() == found
    assert_reconciled()


def test_it_goes_to_the_stock_on_which_the_channel_draws(stage: Stage, hotel: Api) -> None:
    apply(stage, line(stage, "hotel", 30, group="Agents"), line(stage, "web", 60), group("Agents"))
    found = hotel.post("/transfers/", body(stage)).json()
    assert found["counterpart"] == "the shared stock “Agents”"
    assert stage.open_row(name="Agents").quantity == 5


def test_near_the_start_it_waits_as_every_transfer_does(hotel: Api, stage: Stage) -> None:
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=47))
    found = hotel.post("/transfers/", body(stage)).json()
    assert (found["status"], found["needs"], found["moved"]) == ("REQUESTED", ["NEAR_START"], None)
    assert stage.counters(channel="hotel").quantity == 30


def test_more_than_is_free_is_refused_with_the_channels_own_numbers(
    stage: Stage, hotel: Api
) -> None:
    stage.sell([("Ticket", 28)], "hotel")
    with nothing_changed():
        refused = hotel.post("/transfers/", body(stage))
    found = assert_problem(refused, 409, "NOT_ENOUGH_STOCK", "units")
    assert (found["asked"], found["free"]) == (5, 2)
    found = hotel.post("/transfers/", body(stage, up_to=True)).json()
    assert (found["status"], found["units"], found["moved"]) == ("EXECUTED", 5, 2)


# --- Asking for more ------------------------------------------------------------------------------


def test_who_asks_for_more_waits_for_an_approval(stage: Stage, hotel: Api) -> None:
    made = hotel.post("/transfers/", body(stage, direction="MORE"))
    found = made.json()
    assert (found["status"], found["needs"]) == ("REQUESTED", ["PARTNER_ASKS"])
    assert (found["direction"], found["counterpart"]) == ("MORE", "the open stock")
    assert found["when_requested"]["quantity_after"] == 35
    assert found["when_ended"] is None
    assert stage.counters(channel="hotel").quantity == 30
    approve(made)
    found = hotel.get(f"/transfers/{found['id']}/").json()
    assert (found["status"], found["moved"], found["note"]) == ("EXECUTED", 5, "Fine.")
    assert stage.counters(channel="hotel").quantity == 35


def test_what_there_was_too_little_of_is_not_told(stage: Stage, hotel: Api) -> None:
    """Not when it is asked for, and not when it fails."""
    made = hotel.post("/transfers/", body(stage, direction="MORE", units=70))
    assert made.status_code == 201
    failed = approve(made)
    assert "10 free" in failed.failure
    found = hotel.get(f"/transfers/{made.json()['id']}/")
    assert found.json()["failure"].startswith("So many units were not free to be given to you")
    assert " 10 " not in found.content.decode()


def test_a_waiting_request_can_be_withdrawn_once(stage: Stage, hotel: Api) -> None:
    made = hotel.post("/transfers/", body(stage, direction="MORE")).json()
    path = f"/transfers/{made['id']}/cancel/"
    withdrawn = hotel.post(path, {"reason": "The group has cancelled."}, key="w")
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "CANCELLED")
    assert Transfer.objects.get().steps.last().note == "The group has cancelled."  # type: ignore[union-attr]
    again = hotel.post(path, {"reason": "The group has cancelled."}, key="w")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (withdrawn.content, "true")
    with nothing_changed():
        assert_problem(hotel.post(path), 409, "INVALID_STATE")


# --- What others did ------------------------------------------------------------------------------


def move(stage: Stage, source: str, target: str, units: int = 5) -> Transfer:
    wish = Wish(stage.row(channel=source).pk, stage.row(channel=target).pk, units, "Slow")
    return services.request(wish, by=Actor.person(make_user()), now=timezone.now())


def test_a_transfer_of_the_venue_is_told_to_both_sides_without_names(
    stage: Stage, web: Api, hotel: Api
) -> None:
    SalesChannel.objects.filter(pk=stage.channels["web"].pk).update(name="Grand Secret")
    stage.sell([("Ticket", 17)])
    moved = move(stage, "hotel", "web")
    answer = hotel.get("/transfers/")
    [given] = answer.json()["results"]
    [got] = web.get("/transfers/").json()["results"]
    assert given["id"] == got["id"] == str(moved.uuid)
    assert (given["direction"], got["direction"]) == ("BACK", "MORE")
    assert (given["asked_by"], given["reason"]) == ("VENUE", "Slow")
    assert given["counterpart"] == "another sales channel (Direct digital)"
    assert given["when_ended"]["quantity_after"] == 25
    assert got["when_ended"]["sold"] == 17
    assert "Grand Secret" not in answer.content.decode()
    none = {"unreported_at_most": None}
    own = {
        "quantity": 30,
        "quantity_after": 25,
        "held": 0,
        "sold": 0,
        "drawn": 0,
        "free": 30,
        **none,
    }
    assert (given["when_requested"], given["when_ended"]) == (own, own)
    with nothing_changed():
        refused = hotel.post(f"/transfers/{moved.uuid}/cancel/")
    assert_problem(refused, 409, "INVALID_STATE")


def test_what_the_venue_only_considers_is_its_own_business(stage: Stage, hotel: Api) -> None:
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=47))
    waiting = move(stage, "hotel", "web")
    assert hotel.get("/transfers/").json()["results"] == []
    assert_problem(hotel.get(f"/transfers/{waiting.uuid}/"), 404, "NOT_FOUND", "id")
    with nothing_changed():
        refused = hotel.post(f"/transfers/{waiting.uuid}/cancel/")
        assert_problem(refused, 404, "NOT_FOUND", "id")


def test_of_others_nothing_is_there(stage: Stage, web: Api, hotel: Api) -> None:
    other = make_stage(channels=("web",))
    made = hotel.post("/transfers/", body(stage, direction="MORE")).json()
    assert web.get("/transfers/").json()["results"] == []
    assert_problem(web.get(f"/transfers/{made['id']}/"), 404, "NOT_FOUND", "id")
    with nothing_changed():
        assert_problem(web.post(f"/transfers/{made['id']}/cancel/"), 404, "NOT_FOUND", "id")
        refused = web.post("/transfers/", body(stage, event=other.event.pk))
        assert_problem(refused, 404, "NOT_FOUND", "event")
        refused = web.post("/transfers/", body(stage, pool=other.pools["GA"].pk))
        assert_problem(refused, 404, "NOT_FOUND", "pool")
        refused = web.post("/transfers/", body(stage, channel=stage.channels["hotel"].pk))
        assert_problem(refused, 404, "NOT_FOUND", "channel")


def test_a_draft_is_the_venues_own_business(stage: Stage, hotel: Api) -> None:
    made = hotel.post("/transfers/", body(stage)).json()
    Event.objects.update(status=EventStatus.DRAFT)
    with nothing_changed():
        assert_problem(hotel.post("/transfers/", body(stage)), 404, "NOT_FOUND", "event")
    assert hotel.get("/transfers/").json()["results"] == []
    assert_problem(hotel.get(f"/transfers/{made['id']}/"), 404, "NOT_FOUND", "id")


def test_after_the_event_nothing_moves(stage: Stage, hotel: Api) -> None:
    Event.objects.update(status=EventStatus.CANCELLED)
    with nothing_changed():
        assert_problem(hotel.post("/transfers/", body(stage)), 409, "NO_TRANSFER")


def test_a_protected_channel_may_give_back_itself(stage: Stage, hotel: Api) -> None:
    policy = TransferPolicy.objects.get(venue=stage.event.venue)
    policy.protected.add(stage.channels["hotel"])
    assert hotel.post("/transfers/", body(stage)).json()["status"] == "EXECUTED"


# --- Lists ----------------------------------------------------------------------------------------


def test_the_list_is_filtered_and_goes_on(stage: Stage, hotel: Api) -> None:
    made = [
        hotel.post("/transfers/", body(stage, units=units, direction=direction)).json()
        for units, direction in ((1, "BACK"), (2, "MORE"), (3, "BACK"))
    ]

    def units(query: str) -> list[int]:
        return [one["units"] for one in hotel.get(f"/transfers/?{query}").json()["results"]]

    assert units("") == [3, 2, 1]
    assert units("status=EXECUTED") == [3, 1]
    assert units(f"event={stage.event.pk}&status=REQUESTED") == [2]
    assert units(f"event={stage.event.pk + 1}") == []
    page = hotel.get("/transfers/?page_size=2").json()
    assert [one["units"] for one in page["results"]] == [3, 2]
    last = hotel.get(page["next"].partition("/api/v1")[2]).json()
    assert ([one["units"] for one in last["results"]], last["next"]) == ([1], None)
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does
    an_hour_on = (timezone.now() + timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert units(f"modified_since={an_hour_on}") == []
    assert units(f"modified_since={made[0]['utc_requested_at']}") == [3, 2, 1]


def test_a_list_costs_the_same_however_long_it_is(stage: Stage, hotel: Api) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            hotel.get("/transfers/")
        return len(queries)

    hotel.post("/transfers/", body(stage, units=1))
    few = asked()
    for _time in range(4):
        hotel.post("/transfers/", body(stage, units=1))
    assert asked() == few == 2  # the rows, and the names of shared stock


# --- Who, and how often ---------------------------------------------------------------------------


def test_it_is_done_once_under_its_key(stage: Stage, hotel: Api) -> None:
    first = hotel.post("/transfers/", body(stage), key="one")
    again = hotel.post("/transfers/", body(stage), key="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert stage.counters(channel="hotel").quantity == 25
    with nothing_changed():
        other = hotel.post("/transfers/", body(stage, units=6), key="one")
        assert_problem(other, 422, "IDEMPOTENCY_CONFLICT", "Idempotency-Key")
        none = hotel.post("/transfers/", body(stage), key=None)
        assert_problem(none, 400, "VALIDATION", "Idempotency-Key")


def test_what_a_key_may_not_do_is_refused(stage: Stage) -> None:
    reader = Api(key_for(stage.channels["hotel"], Scope.READ))
    seller = Api(key_for(stage.channels["hotel"], Scope.SELL))
    with nothing_changed():
        assert_problem(reader.post("/transfers/", body(stage)), 403, "FORBIDDEN")
        assert_problem(seller.get("/transfers/"), 403, "FORBIDDEN")
    assert seller.post("/transfers/", body(stage)).status_code == 201


def test_a_person_asks_for_the_channel_they_name_and_does_not_approve_it(stage: Stage) -> None:
    manager = Person(stage, Role.VENUE_MANAGER)
    own = {"channel": stage.channels["hotel"].pk}
    with nothing_changed():
        refused = manager.post("/transfers/", body(stage), key="1")
        assert_problem(refused, 400, "VALIDATION", "channel")
    TransferPolicy.objects.filter(venue=stage.event.venue).update(approval_above=1)
    made = manager.post("/transfers/", body(stage, direction="MORE", **own), key="2").json()
    assert (made["asked_by"], made["channel"]) == ("VENUE", own["channel"])
    assert made["needs"] == ["ABOVE_UNITS"]
    found = Transfer.objects.get()
    assert (found.requested_by, found.origin, found.asking_channel) == (
        manager.user,
        Origin.PERSON,
        None,
    )
    assert_problem(manager.get("/transfers/"), 400, "VALIDATION", "channel")
    listed = manager.get(f"/transfers/?channel={own['channel']}").json()["results"]
    assert listed == [made]
    auditor = Person(stage, Role.AUDITOR)
    with nothing_changed():
        refused = auditor.post(f"/transfers/{made['id']}/cancel/", own)
        assert_problem(refused, 403, "FORBIDDEN")
    withdrawn = manager.post(f"/transfers/{made['id']}/cancel/", own, key="3")
    assert withdrawn.json()["status"] == "CANCELLED"
