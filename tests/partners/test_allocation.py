"""A channel reads what it has, and the plan behind it, and nothing of any other channel."""

import json
from datetime import UTC, timedelta
from typing import Any

from django.utils import timezone

from accounts.roles import Role
from allocations.enums import Closes, Draws
from allocations.models import Listing, SalesChannel, UnreportedSales
from allocations.plans import release
from common.clock import utc
from events.enums import EventStatus
from events.models import Event
from partners.enums import Scope
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.offline.selling import unreported
from tests.partners.conftest import Api, assert_problem, key_for
from tests.partners.test_people import Person


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "hotel"), give={})


def ask(api: Api, stage: Stage, etag: str = "") -> Any:
    headers = {"if-none-match": etag} if etag else {}
    return api.get(f"/allocation/?event={stage.event.pk}", **headers)


def test_it_says_what_the_channel_has_and_why(stage: Stage, web: Api) -> None:
    ends = stage.event.starts_at - timedelta(hours=48)
    apply(stage, line(stage, "web", "33.33"))
    plan = apply(
        stage,
        line(
            stage,
            "web",
            "30",
            draws=Draws.GENERAL,
            closes=Closes.BEFORE_START,
            closes_hours=48,
            release_hours=48,
            ceiling=40,
        ),
    )
    stage.sell([("Ticket", 31)])
    stage.hold([("Ticket", 2)])
    answer = ask(web, stage)
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("utc_as_of").endswith("Z")
    [pool] = body.pop("pools")
    text = pool.pop("text")
    assert body.pop("text")[:2] == ["GA:", text[0]]
    assert body == {
        "event": stage.event.pk,
        "channel": stage.channels["web"].pk,
        "time_zone": stage.event.venue.time_zone,
    }
    assert text[1] == (
        "You are guaranteed 30 % of the capacity of 100, which is 30 units. It is set aside for you "
        "alone."
    )
    assert plan.applied_at is not None
    assert pool == {
        "id": stage.pools["GA"].pk,
        "name": "GA",
        "quantity": 33,
        "held": 2,
        "sold": 31,
        "drawn": 3,
        "free": 0,
        "unreported": None,
        "items": [{"id": stage.items["Ticket"].pk, "name": "Ticket", "units": 1, "sellable": 7}],
        "plan": {
            "version": 2,
            "utc_applied_at": moment(plan.applied_at),
            "reason": "test",
            "guaranteed_units": 30,
            "guaranteed_percent": "30.00",
            "utc_releases_at": moment(ends),
            "draws_on": {"kind": "GENERAL", "name": ""},
            "utc_draws_from": None,
            "utc_draws_until": moment(ends),
            "tier": 1,
            "ceiling": 40,
            "floor": None,
            "is_dynamic": False,
            "note": "",
            "changes": [
                "Guaranteed part: from 33.33 % to 30 %, because “test”.",
                "May draw on: from no open stock to the open stock of the pool, because “test”.",
                "Access closes: 48 hours before the start, because “test”.",
                "Ceiling: from none to 40 units, because “test”.",
                "Unsold units go back: from never to 48 hours before the start, because “test”.",
            ],
        },
    }


def moment(at: Any) -> str:
    return str(at.isoformat().replace("+00:00", "Z"))


def test_a_pool_without_a_plan_has_numbers_and_no_plan(stage: Stage, web: Api) -> None:
    [pool] = ask(web, stage).json()["pools"]
    assert (pool["quantity"], pool["plan"]) == (0, None)
    assert pool["text"][0] == "No plan is in force."


def test_what_is_not_reported_stands_beside_the_numbers(stage: Stage, web: Api) -> None:
    stage.draw()
    before = ask(web, stage)
    estimate = unreported(stage, about=3, high=9)
    after = ask(web, stage, before.headers["ETag"])
    [pool] = after.json()["pools"]
    assert pool.pop("unreported") == {
        "about": 3,
        "low": 0,
        "high": 9,
        "utc_reported_at": utc(estimate.reported_at),
        "utc_estimated_at": utc(UnreportedSales.objects.get().estimated_at),
    }
    [was] = before.json()["pools"]
    assert was == pool | {"unreported": None}
    assert ask(web, stage, after.headers["ETag"]).status_code == 304


def test_what_cannot_be_sold_now_is_not_counted(stage: Stage, web: Api) -> None:
    apply(stage, line(stage, "web", 30))
    Event.objects.filter(pk=stage.event.pk).update(stop_reason="storm")
    [pool] = ask(web, stage).json()["pools"]
    assert (pool["free"], pool["items"][0]["sellable"]) == (30, 0)


def test_after_the_release_it_says_so(stage: Stage, web: Api) -> None:
    now = timezone.now()
    ended = now - timedelta(minutes=1)
    apply(stage, line(stage, "web", 30, releases_at=ended), now=now - timedelta(hours=1))
    release.release_pool(stage.pools["GA"].pk, now)
    [pool] = ask(web, stage).json()["pools"]
    assert (pool["quantity"], pool["items"][0]["sellable"]) == (0, 0)
    assert pool["plan"]["utc_releases_at"] == moment(ended.astimezone(UTC))
    assert pool["text"][1] == "30 units were set aside for you. That time is over."


def test_nothing_of_another_channel_is_told(stage: Stage, web: Api) -> None:
    SalesChannel.objects.filter(pk=stage.channels["hotel"].pk).update(name="Grand Secret")
    for extra in (0, 1):
        apply(
            stage,
            line(stage, "web", 10, group="Partners"),
            line(stage, "hotel", 33 + extra, group="Partners", ceiling=66, floor=7),
            group("Partners", 20),
        )
    stage.sell([("Ticket", 41)], "hotel")
    body = ask(web, stage).json()
    assert "Grand Secret" not in json.dumps(body)
    [pool] = body["pools"]
    assert pool["plan"]["changes"] == []
    told = " ".join(body["text"])
    for number in (33, 34, 66, 41):
        assert f" {number} " not in told
    assert (pool["quantity"], pool["plan"]["ceiling"], pool["plan"]["floor"]) == (10, None, None)


def test_while_nothing_has_changed_there_is_no_answer_to_read(stage: Stage, web: Api) -> None:
    apply(stage, line(stage, "web", 30))
    etag = ask(web, stage).headers["ETag"]
    again = ask(web, stage, etag)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    stage.sell()
    sold = ask(web, stage, etag)
    assert sold.status_code == 200
    apply(stage, line(stage, "web", 30))
    assert ask(web, stage, sold.headers["ETag"]).status_code == 200


def test_an_event_must_be_named(web: Api) -> None:
    assert_problem(web.get("/allocation/"), 400, "VALIDATION", "event")
    assert_problem(web.get("/allocation/?event=x"), 400, "VALIDATION", "event")
    assert_problem(web.get("/allocation/?event=1&pool=2"), 400, "VALIDATION", "pool")


def test_an_event_of_others_is_not_there(stage: Stage, web: Api) -> None:
    other = make_stage(channels=("web",))
    assert_problem(ask(web, other), 404, "NOT_FOUND", "event")
    assert_problem(web.get("/allocation/?event=999999999"), 404, "NOT_FOUND", "event")
    Listing.objects.filter(channel=stage.channels["web"]).delete()
    assert_problem(ask(web, stage), 404, "NOT_FOUND", "event")


def test_a_draft_is_the_venues_own_business(stage: Stage, web: Api) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)
    assert_problem(ask(web, stage), 404, "NOT_FOUND", "event")


def test_another_channel_cannot_be_named(stage: Stage, web: Api) -> None:
    hotel = stage.channels["hotel"].pk
    answer = web.get(f"/allocation/?event={stage.event.pk}&channel={hotel}")
    assert_problem(answer, 404, "NOT_FOUND", "channel")


def test_a_key_needs_the_scope_to_read(stage: Stage) -> None:
    seller = Api(key_for(stage.channels["web"], Scope.SELL))
    assert_problem(ask(seller, stage), 403, "FORBIDDEN")


def test_a_person_names_the_channel(stage: Stage) -> None:
    apply(stage, line(stage, "hotel", 12))
    manager = Person(stage, Role.PARTNER_MANAGER)
    path = f"/allocation/?event={stage.event.pk}"
    assert_problem(manager.get(path), 400, "VALIDATION", "channel")
    found = manager.get(f"{path}&channel={stage.channels['hotel'].pk}").json()
    assert [pool["quantity"] for pool in found["pools"]] == [12]
    other = make_stage(channels=("web",))
    answer = manager.get(f"/allocation/?event={other.event.pk}&channel={other.channels['web'].pk}")
    assert_problem(answer, 404, "NOT_FOUND", "channel")
    answer = manager.get(f"/allocation/?event={other.event.pk}&channel={stage.channels['web'].pk}")
    assert_problem(answer, 404, "NOT_FOUND", "event")


def test_nobody_draws_beyond_the_end_of_the_common_stock(stage: Stage, web: Api) -> None:
    start = stage.event.starts_at
    for closes_before, ends in ((72, 72), (24, 48)):
        apply(
            stage,
            line(
                stage,
                "web",
                group="Partners",
                closes=Closes.BEFORE_START,
                closes_hours=closes_before,
            ),
            group("Partners", 50, release_hours=48),
        )
        [pool] = ask(web, stage).json()["pools"]
        assert pool["plan"]["utc_draws_until"] == moment(start - timedelta(hours=ends))
