"""Alerts are read by programs and people; people take them on and end them."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from alerts import services
from alerts.enums import Kind, Measure, Severity
from alerts.evaluation import stock
from alerts.kinds import FOR_PARTNERS, OF_STOCK
from alerts.models import Alert
from common.actor import SYSTEM
from common.clock import utc
from events.enums import EventStatus
from events.models import Commit, Event
from partners.enums import Scope
from tests.alerts.making import FOUND, make_alert
from tests.alerts.staging import make_endpoint, make_rule, team_of, venue_rule
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.partners.conftest import Api, assert_problem, key_for
from tests.partners.test_people import Person
from tests.proofs import execute, nothing_changed


@kept
def desk(stage: Stage) -> Person:
    return Person(stage, Role.BOX_OFFICE)


@kept
def boss(stage: Stage) -> Person:
    """Somebody who administers all venues, and works at none."""
    found = Person(stage, None)
    found.user.venues.clear()
    found.user.is_superuser = True
    found.user.save()
    return found


def about(stage: Stage, channel: str = "web", kind: Kind = Kind.LOW_STOCK, **fields: Any) -> Alert:
    """An alert about a channel, of a rule that tells its partner where it may."""
    if kind in OF_STOCK:
        rule = make_rule(stage, kind, name=f"{kind} {uuid4()}")
    else:
        rule = venue_rule(stage, kind)
    rule.tells_partner = kind in FOR_PARTNERS
    rule.save()
    values: dict[str, Any] = {
        "rule": rule,
        "channel": stage.channels[channel],
        "details": FOUND[kind]["details"] | {"channel": channel},
    }
    return make_alert(stage, kind, **values | fields)


def path(alert: Alert, step: str = "") -> str:
    return f"/alerts/{alert.uuid}/{step and f'{step}/'}"


def ids(answer: Any) -> list[str]:
    return [one["id"] for one in answer.json()["results"]]


# --- What is told ---------------------------------------------------------------------------------


def test_what_was_found_is_told_to_people_and_to_the_partner(
    stage: Stage, web: Api, desk: Person
) -> None:
    rule = make_rule(stage, tells_partner=True)
    stage.sell([("Ticket", 51)])
    now = timezone.now()
    [alert] = [one for one in stock.evaluate_due(now) if one.rule == rule]
    partners = {
        "id": str(alert.uuid),
        "kind": "LOW_STOCK",
        "severity": "WARNING",
        "status": "OPEN",
        "title": "web: 49 units left of GA",
        "reason": "49 of 100 can still be sold (49 %); the limit is 50 units.",
        "venue": {"id": stage.event.venue.pk, "name": stage.event.venue.name},
        "event": {"id": stage.event.pk, "name": stage.event.name},
        "pool": {"id": stage.pools["GA"].pk, "name": "GA"},
        "item": None,
        "channel": {"id": stage.channels["web"].pk, "name": "web"},
        "seen": 49,
        "latest": 49,
        "threshold": 50,
        "unit": "UNITS",
        "expected": None,
        "low": None,
        "high": None,
        "probability": None,
        "window_minutes": None,
        "utc_opened_at": utc(now),
        "utc_acknowledged_at": None,
        "utc_resolved_at": None,
        "utc_modified_at": utc(now),
        "rule": None,
        "acknowledged_by": None,
        "steps": None,
    }
    step = {"step": "OPENED", "utc_at": utc(now), "by": None, "through": None, "note": ""}
    peoples = partners | {"rule": {"id": rule.pk, "name": rule.name}, "steps": [step]}
    assert web.get(path(alert)).json() == partners
    assert web.get("/alerts/").json() == {"results": [partners], "next": None}
    assert desk.get(path(alert)).json() == peoples
    assert peoples in desk.get("/alerts/").json()["results"]


def test_every_kind_is_told_with_its_unit(stage: Stage, boss: Person) -> None:
    found = {}
    for kind in Kind:
        made = boss.get(path(make_alert(stage, kind)))
        assert not re.search(r'"[0-9.]+"', made.content.decode())  # numbers are no texts
        found[kind] = (made.json()["unit"], made.json()["window_minutes"])
    assert found == {
        Kind.LOW_STOCK: (Measure.UNITS, None),
        Kind.OVERSELL_RISK: (Measure.PERCENT, None),
        Kind.VELOCITY: (Measure.UNITS, 60),
        Kind.SELL_THROUGH_GAP: (Measure.PERCENT, None),
        Kind.TRANSFER_WAITING: (Measure.MINUTES, None),
        Kind.SYNC_OVERDUE: (Measure.MINUTES, None),
        Kind.SYNC_CONFLICT: (Measure.CONFLICTS, None),
        Kind.PAYMENT_OVERDUE: (Measure.DAYS, None),
        Kind.DELIVERY_FAILING: (Measure.FAILURES, None),
        Kind.LEDGER_DIFFERENCE: (Measure.ROWS, None),
    }
    details = FOUND[Kind.LOW_STOCK]["details"]
    for of, unit in (({"per": "ITEM"}, "ITEMS"), ({"unit": "PERCENT"}, "PERCENT")):
        told = boss.get(path(make_alert(stage, details=details | of))).json()
        assert told["unit"] == unit


def test_the_partner_learns_of_its_own_channel_and_no_other(
    stage: Stage, web: Api, hotel: Api
) -> None:
    own = [about(stage, "hotel", kind) for kind in FOR_PARTNERS]
    handled = own[0]
    services.acknowledge([handled.pk], by=SYSTEM, note="Secret note", now=timezone.now())
    venues_own = about(stage, "hotel")
    venues_own.rule.tells_partner = False  # type: ignore[union-attr]
    venues_own.rule.save()  # type: ignore[union-attr]
    hidden = [
        about(stage, "web"),
        venues_own,
        about(stage, "hotel", rule=None),
        about(stage, channel="hotel", kind=Kind.SELL_THROUGH_GAP),
        # Of a rule that was made into one of another kind, which tells the partner.
        make_alert(stage, Kind.SELL_THROUGH_GAP, rule=own[0].rule, channel=stage.channels["hotel"]),
        make_alert(stage, Kind.OVERSELL_RISK),
        make_alert(stage, Kind.LEDGER_DIFFERENCE),
    ]
    told = hotel.get("/alerts/")
    assert ids(told) == [str(one.uuid) for one in reversed(own)]
    assert "web" not in told.content.decode().replace("/api/", "")
    assert "Secret" not in told.content.decode()
    shown = hotel.get(path(handled)).json()
    assert (shown["status"], shown["acknowledged_by"], shown["steps"]) == (
        "ACKNOWLEDGED",
        None,
        None,
    )
    assert shown["utc_acknowledged_at"] is not None
    for alert in hidden:
        assert_problem(hotel.get(path(alert)), 404, "NOT_FOUND", "id")
    assert ids(web.get("/alerts/")) == [str(hidden[0].uuid)]
    others = stage.channels["web"].pk
    assert_problem(hotel.get(f"/alerts/?channel={others}"), 404, "NOT_FOUND", "channel")
    Event.objects.update(status=EventStatus.DRAFT)
    assert ids(hotel.get("/alerts/")) == [str(one.uuid) for one in reversed(own) if not one.event]


def test_no_key_takes_an_alert_on(stage: Stage, web: Api) -> None:
    alert = about(stage)
    seller = Api(key_for(stage.channels["web"], Scope.SELL))
    with nothing_changed():
        assert_problem(seller.get("/alerts/"), 403, "FORBIDDEN")
        for step in ("acknowledge", "resolve"):
            refused = assert_problem(web.post(path(alert, step)), 403, "FORBIDDEN")
            assert refused["detail"] == (
                "This is not for keys: it takes a person with the permission alerts.handle_alert."
            )


def test_a_person_sees_the_alerts_of_their_venues(stage: Stage, desk: Person, boss: Person) -> None:
    own, house_wide = about(stage), make_alert(stage, Kind.LEDGER_DIFFERENCE)
    elsewhere = make_alert(make_stage())
    assert ids(desk.get("/alerts/")) == [str(own.uuid)]
    assert ids(boss.get("/alerts/")) == [str(one.uuid) for one in (elsewhere, house_wide, own)]
    with nothing_changed():
        for alert in (house_wide, elsewhere):
            assert_problem(desk.get(path(alert)), 404, "NOT_FOUND", "id")
            for step in ("acknowledge", "resolve"):
                assert_problem(desk.post(path(alert, step), {}), 404, "NOT_FOUND", "id")
    assert boss.post(path(house_wide, "acknowledge"), {}).status_code == 200


# --- Taking on, ending ----------------------------------------------------------------------------


def test_a_person_takes_an_alert_on_and_ends_it(stage: Stage, desk: Person) -> None:
    alert = about(stage)
    taken = desk.post(path(alert, "acknowledge"), {"note": " On my way "}, key="a")
    found = taken.json()
    assert (taken.status_code, found["status"]) == (200, "ACKNOWLEDGED")
    assert found["acknowledged_by"] == desk.user.name
    assert found["utc_modified_at"] == found["utc_acknowledged_at"]
    assert [(one["step"], one["by"], one["note"]) for one in found["steps"]] == [
        ("OPENED", None, ""),
        ("ACKNOWLEDGED", desk.user.name, "On my way"),
    ]
    with nothing_changed():
        again = desk.post(path(alert, "acknowledge"), {"note": " On my way "}, key="a")
        assert (again.content, again.headers["Idempotency-Replayed"]) == (taken.content, "true")
        refused = desk.post(path(alert, "acknowledge"), {}, key="b")
        late = assert_problem(refused, 409, "INVALID_STATE")
        assert (late["alert_status"], "alerts" in late) == ("ACKNOWLEDGED", False)
        refused = desk.post(path(alert, "resolve"), {}, key="a")
        assert_problem(refused, 422, "IDEMPOTENCY_CONFLICT", "Idempotency-Key")
    ended = desk.post(path(alert, "resolve"), {}, key="r").json()
    assert (ended["status"], ended["steps"][-1]["by"]) == ("RESOLVED", desk.user.name)
    assert desk.get(path(alert)).json() == ended
    with nothing_changed():
        for step in ("acknowledge", "resolve"):
            late = assert_problem(desk.post(path(alert, step), {}, step), 409, "INVALID_STATE")
            assert late["alert_status"] == "RESOLVED"


def test_who_may_only_look_takes_nothing_on(stage: Stage) -> None:
    alert, auditor = about(stage), Person(stage, Role.AUDITOR)
    assert auditor.get(path(alert)).json()["rule"]["name"] == alert.rule.name  # type: ignore[union-attr]
    with nothing_changed():
        for step in ("acknowledge", "resolve"):
            assert_problem(auditor.post(path(alert, step), {}), 403, "FORBIDDEN")
        assert_problem(Person(stage, None).get("/alerts/"), 403, "FORBIDDEN")


def test_of_a_messages_link_the_team_is_told_and_no_address(stage: Stage, desk: Person) -> None:
    alert = about(stage)
    mailbox = make_endpoint(team_of(stage, Role.FINANCE), "asha@example.com")
    services.acknowledge([alert.pk], by=SYSTEM, now=timezone.now(), through=mailbox)
    answer = desk.get(path(alert))
    assert answer.json()["acknowledged_by"] is None
    assert answer.json()["steps"][-1]["through"] == "Finance"
    assert "asha" not in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"note": "x" * 301}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": None}, "note"),
        ({"status": "RESOLVED"}, "status"),
        ({"by": 1}, "by"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_field_that_cannot_be_meant_is_named(
    stage: Stage, desk: Person, body: dict[str, Any], field: str
) -> None:
    alert = about(stage)
    with nothing_changed():
        for step in ("acknowledge", "resolve"):
            assert_problem(desk.post(path(alert, step), body), 400, "VALIDATION", field)
            unkeyed = desk.client.post(
                f"/api/v1{path(alert, step)}", {}, content_type="application/json"
            )
            assert_problem(unkeyed, 400, "VALIDATION", "Idempotency-Key")


# --- Lists ----------------------------------------------------------------------------------------


def test_the_list_is_filtered_and_goes_on(stage: Stage, desk: Person) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    old: dict[str, Any] = {"opened_at": yesterday, "latest_at": yesterday}
    low = about(stage, **old)
    fast = about(stage, "hotel", Kind.VELOCITY, severity=Severity.CRITICAL, **old)
    late = about(stage, "hotel", Kind.SYNC_OVERDUE, **old)
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # from here on each statement is as a commit
    Commit.objects.update(at=yesterday)
    services.acknowledge([fast.pk], by=SYSTEM, now=timezone.now())
    services.resolve([late.pk], by=SYSTEM, now=timezone.now())

    def found(query: str) -> list[Alert]:
        numbers = ids(desk.get(f"/alerts/?{query}"))
        return [next(one for one in (low, fast, late) if str(one.uuid) == id_) for id_ in numbers]

    assert found("") == [late, fast, low]
    assert found("status=OPEN") == [low]
    assert found("status=ACKNOWLEDGED&severity=CRITICAL") == [fast]
    assert found("kind=SYNC_OVERDUE") == found("status=RESOLVED") == [late]
    assert found(f"event={stage.event.pk}") == [fast, low]
    assert found(f"event={stage.event.pk + 1}") == []
    assert found(f"channel={stage.channels['hotel'].pk}") == [late, fast]
    an_hour_ago = quote((timezone.now() - timedelta(hours=1)).isoformat())
    assert found(f"modified_since={an_hour_ago}") == [late, fast]
    Alert.objects.filter(pk=low.pk).update(latest_at=timezone.now())
    assert found(f"modified_since={an_hour_ago}&page_size=3") == [late, fast, low]
    page = desk.get("/alerts/?page_size=2").json()
    last = desk.get(page["next"].partition("/api/v1")[2]).json()
    assert [one["id"] for one in page["results"] + last["results"]] == ids(desk.get("/alerts/"))
    assert last["next"] is None


def test_a_list_costs_the_same_however_long_it_is(stage: Stage, web: Api, desk: Person) -> None:
    def asked(caller: Api | Person) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert caller.get("/alerts/").status_code == 200
        return len(queries)

    mailbox = make_endpoint(team_of(stage, Role.FINANCE))

    def more() -> None:
        alert = about(stage)
        services.acknowledge([alert.pk], by=SYSTEM, now=timezone.now(), through=mailbox)

    more()
    web.get("/alerts/")  # the key is remembered from then on
    few = asked(web), asked(desk)
    for _time in range(4):
        more()
    assert (asked(web), asked(desk)) == few
    assert few[0] == 1
