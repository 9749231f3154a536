"""The configuration page: one save for all of it, by whoever may, and nothing that nobody touched."""

from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from alerts.models import AlertRule
from allocations.models import AllocationPlan
from allocations.plans import services as plans
from allocations.plans.spec import PlanSpec
from events.models import Event
from planning.configuration.state import key_of
from tests.allocations.plans import specs
from tests.backoffice.configuration.pages import address, form_in, opened, sent
from tests.backoffice.conftest import person, signed_in
from tests.factories import Counters, Stage, make_event, make_stage, make_venue
from tests.kept import kept
from tests.planning.configuration.wishes import wide_stage
from tests.proofs import nothing_changed
from transfers.models import ChangeRequest, TransferPolicy, TransferRule

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    made = make_stage(channels=("web", "agent"), give={})
    specs.apply(made, specs.line(made, "web", 40), specs.line(made, "agent", "33.33"))
    return made


@kept
def colleague(stage: Stage) -> Client:
    return signed_in(person(Role.VENUE_MANAGER, stage))


def amount(stage: Stage, channel: str) -> str:
    return f"pool-{stage.pools['GA'].pk}.line-{stage.channels[channel].pk}"


def low_stock(stage: Stage) -> AlertRule:
    return AlertRule.objects.filter(venue=stage.event.venue, kind="LOW_STOCK").order_by("pk")[0]


def alert(stage: Stage, name: str = "threshold") -> str:
    return f"{key_of(low_stock(stage))}.{name}"


def own_rule(stage: Stage) -> TransferRule:
    return TransferRule.objects.create(venue=stage.event.venue, event=stage.event, name="Even out")


# --- One save -----------------------------------------------------------------------------------


def test_all_of_it_is_saved_at_once_for_one_reason(manager: Client, stage: Stage) -> None:
    rule = own_rule(stage)
    data: dict[str, Any] = opened(manager, stage.event)
    data |= {amount(stage, "web"): "55", alert(stage): "12.5"}
    data |= {f"rule-{rule.pk}.keeps": "5", "policy.approval_hours": "24"}
    assert sent(manager, stage.event, data, reason="Agreed on Monday").status_code == 302
    assert stage.counters() == Counters(55, 0, 0, 0)
    plan = AllocationPlan.objects.get(pool=stage.pools["GA"], status="IN_FORCE")
    own = AlertRule.objects.get(event=stage.event, name=low_stock(stage).name)
    policy = TransferPolicy.objects.get(event=stage.event)
    rule.refresh_from_db()
    assert (str(own.threshold), rule.keeps, policy.approval_hours) == ("12.50", 5, 24)
    reasons = {
        row.history.latest("history_id").history_change_reason for row in (own, rule, policy)
    }
    assert {plan.reason, *reasons} == {"Agreed on Monday"}


def test_what_nobody_touched_stays_and_has_no_history(manager: Client, stage: Stage) -> None:
    rule = own_rule(stage)
    records = rule.history.count()
    data: dict[str, Any] = opened(manager, stage.event)
    assert sent(manager, stage.event, data | {f"rule-{rule.pk}.keeps": "5"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.keeps, rule.history.count()) == (5, records + 1)
    delta = rule.history.first().diff_against(rule.history.all()[1])
    assert delta.changed_fields == ["keeps"]
    assert not AlertRule.objects.filter(event=stage.event).exists()
    assert not TransferPolicy.objects.filter(event=stage.event).exists()
    assert AllocationPlan.objects.filter(pool=stage.pools["GA"]).count() == 1


def test_a_part_in_percent_stays_in_percent(manager: Client, stage: Stage) -> None:
    data: dict[str, Any] = opened(manager, stage.event)
    assert sent(manager, stage.event, data | {amount(stage, "agent"): "25.5"}).status_code == 302
    plan = PlanSpec.read(AllocationPlan.objects.get(pool=stage.pools["GA"], status="IN_FORCE"))
    line = plan.line_of(stage.channels["agent"].pk)
    assert line is not None
    assert (str(line.percent), line.units) == ("25.50", None)
    assert plan.line_of(stage.channels["web"].pk) == specs.line(stage, "web", 40)


def test_an_events_own_alert_rule_is_made_beside_all_others_of_its_kind(
    manager: Client, stage: Stage
) -> None:
    of_venue = AlertRule.objects.filter(venue=stage.event.venue, event=None, kind="LOW_STOCK")
    before = {rule.name: (rule.threshold, rule.is_active) for rule in of_venue}
    first = low_stock(stage)
    data: dict[str, Any] = opened(manager, stage.event)
    del data[alert(stage, "is_active")]
    assert sent(manager, stage.event, data).status_code == 302
    own = {
        rule.name: (rule.threshold, rule.is_active)
        for rule in AlertRule.objects.filter(event=stage.event)
    }
    assert own == before | {first.name: (first.threshold, False)}
    assert {rule.name: (rule.threshold, rule.is_active) for rule in of_venue} == before


def test_a_new_transfer_rule_is_the_events_own(manager: Client, stage: Stage) -> None:
    data: dict[str, Any] = opened(manager, stage.event)
    assert sent(manager, stage.event, data | {"new-rule.wanted": "on"}).status_code == 302
    rule = TransferRule.objects.get(event=stage.event)
    assert (str(rule.source_below), str(rule.target_at_least)) == ("30.00", "90.00")


WRONG = [
    ("amount", "lots", "Units are a whole number such as 30; 0 guarantees nothing."),
    ("amount", "101", "The plan gives away"),
    ("rule.source_below", "95", "The target has sold a larger share than the source"),
    ("rule.source_below", "NaN", "Enter a number."),
    ("rule.amount", "UNITS", "Say how many units, or which percentage up to 100"),
    ("rule.keeps", "-1", "Ensure this value is greater than or equal to 0."),
    ("policy.approval_hours", "9" * 50, "This is too long for a number."),
    ("policy.lapse_hours", "0", "Ensure this value is greater than or equal to 1."),
    ("alert", "101", "Percent lie between 0 and 100."),
    ("reason", "", "Say why it is changed."),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG)
def test_what_cannot_be_is_said_keeps_what_was_typed_and_changes_nothing(
    manager: Client, stage: Stage, name: str, value: str, message: str
) -> None:
    rule = own_rule(stage)
    key = {"amount": amount(stage, "web"), "alert": alert(stage)}.get(name, name)
    key = key.replace("rule.", f"rule-{rule.pk}.")
    data: dict[str, Any] = opened(manager, stage.event)
    data |= {"policy.approval_above": "77", key: value}
    with nothing_changed():
        answer = sent(manager, stage.event, data, reason=value if name == "reason" else "Why")
    body = answer.content.decode()
    assert answer.status_code == 200
    assert message in body
    assert form_in(body)["policy.approval_above"] == ["77"]
    assert name == "reason" or form_in(body)[key] == [value]


# --- Shapes -------------------------------------------------------------------------------------


def test_a_strategy_fills_the_parts_and_is_applied_when_it_is_saved(
    manager: Client, stage: Stage
) -> None:
    pool = stage.pools["GA"].pk
    with nothing_changed():
        begun = sent(manager, stage.event, opened(manager, stage.event), f"begin-{pool}-FIXED")
    data: dict[str, Any] = form_in(begun.content.decode())
    assert (data[amount(stage, "web")], data[amount(stage, "agent")]) == (["50"], ["50"])
    assert sent(manager, stage.event, data | {amount(stage, "web"): "40"}).status_code == 302
    plan = PlanSpec.read(AllocationPlan.objects.get(pool=pool, status="IN_FORCE"))
    assert sorted(str(line.percent) for line in plan.lines) == ["40.00", "50.00"]


def test_a_draft_goes_on_waiting_unless_the_plan_was_begun_with_it(
    manager: Client, stage: Stage
) -> None:
    pool = stage.pools["GA"]
    spec = PlanSpec((specs.line(stage, "web", 10), specs.line(stage, "agent", 10)))
    draft = plans.save_draft(pool=pool, spec=spec)
    data: dict[str, Any] = opened(manager, stage.event)
    sent(manager, stage.event, data | {amount(stage, "web"): "44"})
    waiting = AllocationPlan.objects.get(pool=pool, status="DRAFT")
    assert (PlanSpec.read(waiting), waiting.revision) == (spec, draft.revision)
    begun = sent(manager, stage.event, opened(manager, stage.event), f"begin-{pool.pk}-DRAFT")
    assert sent(manager, stage.event, form_in(begun.content.decode())).status_code == 302
    assert not AllocationPlan.objects.filter(pool=pool, status="DRAFT").exists()
    assert stage.counters() == Counters(10, 0, 0, 0)


# --- The hour -----------------------------------------------------------------------------------


def test_within_48_hours_the_plan_is_asked_for_and_the_rest_is_saved(
    manager: Client, stage: Stage
) -> None:
    Event.objects.filter(pk=stage.event.pk).update(starts_at=timezone.now() + timedelta(hours=47))
    data: dict[str, Any] = opened(manager, stage.event)
    data |= {amount(stage, "web"): "30", "policy.lapse_hours": "3"}
    seen = sent(manager, stage.event, data, "preview").content.decode()
    assert "Saving asks for an approval" in seen
    assert sent(manager, stage.event, data).status_code == 302
    assert ChangeRequest.objects.get(event=stage.event).reason == "As agreed"
    assert stage.counters() == Counters(40, 0, 0, 0)
    assert TransferPolicy.objects.get(event=stage.event).lapse_hours == 3


@pytest.mark.parametrize("status", ["CANCELLED", "CLOSED"])
def test_an_event_that_is_over_is_looked_at_and_not_changed(
    manager: Client, stage: Stage, status: str
) -> None:
    data: dict[str, Any] = opened(manager, stage.event)
    Event.objects.filter(pk=stage.event.pk).update(status=status)
    page = manager.get(address(stage.event)).content.decode()
    assert "nothing can be changed" in page
    assert amount(stage, "web") not in form_in(page)
    with nothing_changed():
        answer = sent(manager, stage.event, data | {amount(stage, "web"): "30"})
    assert "You may not change this." in answer.content.decode()


def test_an_empty_event_has_a_page(superuser: Client) -> None:
    event = make_event(make_venue(), status="DRAFT")
    body = superuser.get(address(event)).content.decode()
    assert "The event has no pool yet" in body
    assert (
        "before the event is on sale"
        in sent(superuser, event, form_in(body), "preview").content.decode()
    )


def test_a_preview_that_takes_too_long_is_no_error_and_keeps_what_was_typed(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.as_if.PATIENCE", "1ms")
    data: dict[str, Any] = opened(manager, stage.event)
    data |= {amount(stage, "web"): "41"}
    assert sent(manager, stage.event, data, "preview").status_code == 503
    body = sent(manager, stage.event, data, "show").content.decode()
    assert "The preview took too long." in body
    assert form_in(body)[amount(stage, "web")] == ["41"]


# --- Two people ---------------------------------------------------------------------------------


def test_the_second_is_told_field_by_field_and_takes_over_or_keeps_each(
    manager: Client, colleague: Client, stage: Stage
) -> None:
    mine: dict[str, Any] = opened(manager, stage.event)
    theirs: dict[str, Any] = opened(colleague, stage.event)
    theirs |= {amount(stage, "web"): "45", amount(stage, "agent"): "20", alert(stage): "7"}
    assert sent(colleague, stage.event, theirs).status_code == 302
    mine |= {amount(stage, "web"): "50", alert(stage): "9"}
    with nothing_changed():
        answer = sent(manager, stage.event, mine)
    told = cast("Any", answer).context["differences"]
    rows = {(one.what, one.was, one.mine, one.theirs) for one in told}
    assert ("GA: web", "40", "50", "45") in rows
    assert ("GA: agent", "33.33 %", "33.33 %", "20 %") in rows
    assert ("GA: plan", "version 1", "version 1", "version 2") in rows
    assert (f"{low_stock(stage).name}: Threshold", "5", "9", "7") in rows
    data: dict[str, Any] = form_in(answer.content.decode())
    data[f"take-{alert(stage)}"] = ["theirs"]
    with nothing_changed():
        resolved = sent(manager, stage.event, data, "resolve")
    data = form_in(resolved.content.decode())
    assert [data[key] for key in (amount(stage, "web"), amount(stage, "agent"))] == [["50"], ["20"]]
    assert sent(manager, stage.event, data).status_code == 302
    assert stage.counters() == Counters(50, 0, 0, 0)
    assert stage.counters(channel="agent") == Counters(20, 0, 0, 0)
    own = AlertRule.objects.get(event=stage.event, name=low_stock(stage).name)
    assert own.threshold == 7


def test_what_others_changed_of_other_parts_is_in_nobodys_way(
    manager: Client, colleague: Client, stage: Stage
) -> None:
    mine: dict[str, Any] = opened(manager, stage.event)
    theirs: dict[str, Any] = opened(colleague, stage.event)
    assert sent(colleague, stage.event, theirs | {amount(stage, "web"): "45"}).status_code == 302
    assert sent(manager, stage.event, mine | {"policy.lapse_hours": "5"}).status_code == 302
    assert stage.counters() == Counters(45, 0, 0, 0)


def test_a_page_that_does_not_say_what_it_shows_changes_nothing(
    manager: Client, stage: Stage
) -> None:
    other = make_stage(channels=("web",))
    data: dict[str, Any] = opened(manager, stage.event)
    for shown in ("", "x", "a:b:c", data["shown"][0] + "x"):
        with nothing_changed():
            answer = sent(manager, stage.event, data | {"shown": shown})
        assert "Open the page again" in answer.content.decode()
    assert manager.get(address(other.event)).status_code == 404


# --- Who may ------------------------------------------------------------------------------------


ROLES = [
    (Role.PARTNER_MANAGER, {"pool"}),
    (Role.BOX_OFFICE, set()),
    (Role.FINANCE, set()),
    (Role.AUDITOR, set()),
]


@pytest.mark.parametrize(("role", "parts"), ROLES)
def test_a_person_changes_what_the_role_allows_and_sees_the_rest(
    manager: Client, stage: Stage, role: Role, parts: set[str]
) -> None:
    rule = own_rule(stage)
    client = signed_in(person(role, stage))
    shown: dict[str, Any] = opened(client, stage.event)
    keys = {
        "pool": (amount(stage, "web"), "50"),
        "alert": (alert(stage), "9"),
        "rule": (f"rule-{rule.pk}.keeps", "3"),
        "policy": ("policy.lapse_hours", "3"),
    }
    assert {part for part, (key, _value) in keys.items() if key in shown} == parts
    whole: dict[str, Any] = opened(manager, stage.event)
    for key, value in (keys[part] for part in keys if part not in parts):
        with nothing_changed():
            answer = sent(client, stage.event, whole | {key: value})
        assert "You may not change this." in answer.content.decode()


# --- Cost ---------------------------------------------------------------------------------------


def asked(client: Client, event: Event, do: str = "") -> int:
    data: dict[str, Any] = opened(client, event)
    with CaptureQueriesContext(connection) as context:
        sent(client, event, data, do) if do else client.get(address(event))
    return len(context)


def test_the_page_asks_as_often_for_ten_times_the_rows(superuser: Client, stage: Stage) -> None:
    many = wide_stage()
    own_rule(stage)
    for number in range(10):
        TransferRule.objects.create(venue=many.event.venue, event=many.event, name=f"R{number}")
    few = asked(superuser, stage.event)
    assert few <= 25
    assert asked(superuser, many.event) <= few
    assert asked(superuser, many.event, "preview") <= asked(superuser, stage.event, "preview")
