"""Policies, rules, the event's tab and the page that is signed off."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.transfers.waiting import near, wait
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept
from tests.proofs import nothing_changed
from transfers import services
from transfers.enums import Amount, Origin, TransferStatus
from transfers.models import Transfer, TransferPolicy, TransferRule, WorkflowSignOff

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return near()


@kept
def other(db: None) -> Stage:
    return near()


def of_venue(stage: Stage) -> TransferPolicy:
    return TransferPolicy.objects.get(venue=stage.event.venue)


def policy_form(**more: Any) -> dict[str, Any]:
    found = {"approval_hours": 72, "approval_above": "", "four_eyes": "on", "lapse_hours": 12}
    return {**found, **more}


def rule_form(stage: Stage, **more: Any) -> dict[str, Any]:
    found = {
        "venue": stage.event.venue.pk,
        "event": "",
        "name": "Slow to fast",
        "is_active": "on",
        "source_below": "30",
        "target_at_least": "90",
        "starts_hours": "",
        "stops_hours": 0,
        "amount": Amount.EQUALIZE.value,
        "value": "",
        "keeps": 0,
        "max_per_run": "",
        "max_per_day": "",
        "cooldown_minutes": 60,
        "hysteresis": "10",
    }
    return {**found, **more}


def edit(client: Client, target: Any, form: dict[str, Any]) -> Any:
    """As its page would send it: with the state that the page was opened in."""
    opened = client.get(page(target, "change")).context["adminform"].form
    state = opened.fields["opened_state"].initial
    return client.post(page(target, "change"), {**form, "opened_state": state, "reason": "Season"})


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return {name: list(found) for name, found in answer.context["adminform"].form.errors.items()}


# --- Policies -----------------------------------------------------------------------------------


def test_a_policy_is_changed_with_a_reason_and_kept_with_its_history(
    manager: Client, stage: Stage
) -> None:
    policy = of_venue(stage)
    web = stage.channels["web"]
    form = policy_form(approval_above=50, always=[web.pk])
    with nothing_changed():
        refused = manager.post(page(policy, "change"), {**form, "opened_state": "0"})
    assert "reason" in errors(refused)
    assert edit(manager, policy, form).status_code == 302
    policy.refresh_from_db()
    assert (policy.approval_hours, policy.approval_above) == (72, 50)
    assert list(policy.always.all()) == [web]
    record = policy.history.latest("history_id")
    assert record.history_change_reason == "Season"
    body = manager.get(page(policy, "change")).content.decode()
    assert (
        "More than 50 units that leave a row within 24 hours, together, always need approval."
        in body
    )
    assert "“Season”" in manager.get(page(policy, "history")).content.decode()


def test_an_events_own_policy_begins_as_the_venues_and_ends_with_its_deletion(
    manager: Client, stage: Stage
) -> None:
    policy = of_venue(stage)
    policy.approval_above = 50
    policy.save()
    policy.protected.add(stage.channels["agent"])
    tab = manager.get(page(stage.event, "change")).content.decode()
    address = f"{page(TransferPolicy, 'add')}?event={stage.event.pk}"
    assert address in tab
    form = manager.get(address).context["adminform"].form
    assert form["approval_above"].value() == 50
    assert form["protected"].value() == [stage.channels["agent"].pk]
    answer = manager.post(address, policy_form(event=stage.event.pk))
    assert answer["Location"].endswith(f"{page(stage.event, 'change')}#dataset-transfers")
    own = TransferPolicy.objects.get(event=stage.event)
    assert "The event's own policy" in manager.get(page(stage.event, "change")).content.decode()
    answer = manager.post(address, policy_form(event=stage.event.pk))
    assert errors(answer) != {}
    manager.post(page(own, "delete"), {"post": "yes", "reason": "As the others"})
    assert not TransferPolicy.objects.filter(event=stage.event).exists()
    with nothing_changed():
        answer = manager.post(page(policy, "delete"), {"post": "yes", "reason": "x"})
        assert answer.status_code == 403


def test_only_the_venues_channels_and_deciding_roles_can_be_named(
    manager: Client, stage: Stage, other: Stage
) -> None:
    policy = of_venue(stage)
    auditors = Group.objects.get(name=Role.AUDITOR.value)
    form = policy_form(always=[other.channels["web"].pk], approvers=[auditors.pk])
    with nothing_changed():
        assert set(errors(edit(manager, policy, form))) == {"always", "approvers"}
        assert "lapse_hours" in errors(edit(manager, policy, policy_form(lapse_hours=0)))


# --- Rules --------------------------------------------------------------------------------------


def test_a_rule_is_made_and_read_in_words(manager: Client, stage: Stage) -> None:
    assert manager.get(page(TransferRule, "add")).status_code == 200  # one venue: not asked for
    form = rule_form(stage, sources=[stage.channels["agent"].pk], keeps=5, is_trial="on")
    assert manager.post(page(TransferRule, "add"), form).status_code == 302
    rule = TransferRule.objects.get()
    assert rule.venue == stage.event.venue
    body = manager.get(page(TransferRule, "changelist")).content.decode()
    assert "sold below 30 % → sold 90 % or more" in body
    assert "On trial" in body
    body = manager.get(page(rule, "change")).content.decode()
    assert "from agent that has sold less than 30 % of its part" in body
    assert "The source keeps 5 units free." in body


def test_each_change_of_a_rule_is_a_version_also_of_its_channels_alone(
    manager: Client, stage: Stage
) -> None:
    rule = TransferRule.objects.create(venue=stage.event.venue, name="Slow to fast")
    edit(manager, rule, rule_form(stage, keeps=5))
    edit(manager, rule, rule_form(stage, keeps=5, sources=[stage.channels["agent"].pk]))
    rule.refresh_from_db()
    assert (rule.keeps, rule.version) == (5, 3)
    assert [one.history_change_reason for one in rule.history.order_by("-history_id")[:2]] == [
        "Season",
        "Season",
    ]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("target_at_least", {"source_below": "90", "target_at_least": "90"}),
        ("value", {"amount": Amount.UNITS.value, "value": ""}),
        ("value", {"amount": Amount.PERCENT.value, "value": "101"}),
        ("value", {"amount": Amount.EQUALIZE.value, "value": "3"}),
        ("stops_hours", {"starts_hours": "4", "stops_hours": "4"}),
        ("source_below", {"source_below": "101"}),
        ("name", {"name": "Taken"}),
    ],
)
def test_what_a_rule_cannot_say_is_told_at_its_field(
    manager: Client, stage: Stage, field: str, wrong: dict[str, str]
) -> None:
    TransferRule.objects.create(venue=stage.event.venue, name="Taken")
    with nothing_changed():
        found = errors(manager.post(page(TransferRule, "add"), rule_form(stage, **wrong)))
    assert field in found
    assert "constraint" not in str(found).lower()


def test_a_rule_names_only_what_is_of_its_venue(
    manager: Client, superuser: Client, stage: Stage, other: Stage
) -> None:
    address = page(TransferRule, "add")
    with nothing_changed():
        assert manager.post(address, rule_form(other)).status_code == 404
        found = rule_form(stage, targets=[other.channels["web"].pk], event=other.event.pk)
        assert set(errors(manager.post(address, found))) == {"targets", "event"}
    assert "Which venue is it for?" in superuser.get(address).content.decode()
    assert superuser.get(f"{address}?venue={stage.event.venue.pk}").status_code == 200
    foreign = TransferRule.objects.create(venue=other.event.venue, name="Foreign")
    assert manager.get(page(foreign, "change")).status_code == 404
    assert manager.get(f"{address}?event={other.event.pk}").status_code == 404


def test_a_rules_page_lists_what_it_asked_for_also_on_trial(manager: Client, stage: Stage) -> None:
    rule = TransferRule.objects.create(venue=stage.event.venue, name="Slow", is_trial=True)
    now = timezone.now()
    tried = Transfer.objects.create(
        event=stage.event,
        pool=stage.pools["GA"],
        source=stage.row(channel="agent"),
        target=stage.row(),
        units=10,
        origin=Origin.RULE,
        rule=rule,
        rule_version=1,
        reason="10 % against 95 %",
        requested_at=now,
        lapses_at=now,
        ended_at=now,
        status=TransferStatus.TRIAL,
    )
    body = manager.get(page(rule, "change")).content.decode()
    assert page(tried, "change") in body
    assert "Trial only" in body
    assert manager.get(page(tried, "change")).status_code == 200
    assert f"{now.astimezone(stage.event.venue.zone):%H:%M}" in (
        manager.get(page(TransferRule, "changelist")).content.decode()
    )


# --- The event's tab ----------------------------------------------------------------------------


def test_the_tab_says_what_waits_what_moved_and_by_which_policy_and_rules(
    manager: Client, stage: Stage
) -> None:
    waiting, done = wait(stage), wait(stage, 5)
    services.approve([done.pk], by=make_user(), note="", now=timezone.now())
    venue = stage.event.venue
    TransferRule.objects.create(venue=venue, name="Works")
    TransferRule.objects.create(venue=venue, name="Too late", stops_hours=100)
    TransferRule.objects.create(venue=venue, event=stage.event, name="Early", starts_hours=1)
    TransferRule.objects.create(venue=venue, name="Resting", is_active=False)
    TransferRule.objects.create(venue=make_stage().event.venue, name="Foreign")
    answer = manager.get(page(stage.event, "change"))
    (panel,) = (one for one in answer.context["datasets"] if one.slug == "transfers")
    found = panel.context()
    assert [row["transfer"].pk for row in found["waiting"]] == [waiting.pk]
    assert [row["transfer"].pk for row in found["latest"]] == [done.pk]
    assert {row["rule"].name: (row["label"], row["idle"][:11]) for row in found["rules"]} == {
        "Works": ("Active", ""),
        "Too late": ("Active", "It has ende"),
        "Early": ("Active", "It begins o"),
        "Resting": ("Off", ""),
    }
    body = answer.content.decode()
    ask = reverse("admin:transfers_transfer_ask", args=(stage.pools["GA"].pk,))
    assert f"{ask}?from=event" in body
    assert "48 hours before the start" in body


def test_who_may_only_look_is_offered_nothing_else(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(person(Role.AUDITOR, stage))
    body = client.get(page(stage.event, "change")).content.decode()
    assert "Units that move between channels" in body
    for name in ("transfer_ask", "transferpolicy_add", "transferrule_add"):
        address = reverse(
            f"admin:transfers_{name}",
            args=(stage.pools["GA"].pk,) if name == "transfer_ask" else (),
        )
        assert address not in body
    assert "Sign off</a>" not in client.get(approval(stage)).content.decode()


# --- The page that is signed off ----------------------------------------------------------------


def approval(stage: Stage, step: str = "") -> str:
    return reverse(f"admin:transfers_event_approval{step}", args=(stage.event.pk,))


def sign(client: Client, stage: Stage, digest: str, **form: Any) -> Any:
    address = f"{approval(stage, '_sign')}?digest={digest}"
    assert client.get(address).status_code == 200
    return client.post(address, {"digest": digest, "reason": "", **form})


def test_it_is_read_signed_and_says_when_it_has_changed_since(
    manager: Client, stage: Stage
) -> None:
    answer = manager.get(approval(stage))
    assert "Nobody has signed this off yet." in answer.content.decode()
    digest = answer.context["workflow"].digest
    done = sign(manager, stage, digest, reason="Agreed with the hotel")
    assert done["Location"] == approval(stage)
    body = manager.get(approval(stage)).content.decode()
    assert "Signed off as it stands" in body
    assert "Agreed with the hotel" in body
    TransferRule.objects.create(venue=stage.event.venue, name="New rule")
    body = manager.get(approval(stage)).content.decode()
    assert "Changed since" in body
    assert '<ins><b>Now:</b> <span lang="en">“New rule”' in body
    assert (
        '<del><b>Not any more:</b> <span lang="en">No rule asks for transfers of this event.</span></del>'
    ) in body
    assert "an earlier text" in body
    refused = sign(manager, stage, digest)
    assert "It has changed while you read it" in refused.content.decode()
    assert WorkflowSignOff.objects.count() == 1


def test_only_who_decides_signs_and_only_at_the_own_venues(
    stage: Stage, other: Stage, manager: Client, sign_in: SignIn
) -> None:
    assert manager.get(approval(other)).status_code == 404
    assert manager.post(approval(other, "_sign"), {"digest": "x"}).status_code == 404
    for role in (Role.BOX_OFFICE, Role.AUDITOR):
        client = sign_in(person(role, stage))
        assert client.get(approval(stage)).status_code == 200
        assert client.post(approval(stage, "_sign"), {"digest": "x"}).status_code == 403
    assert not WorkflowSignOff.objects.exists()


def test_a_longer_document_asks_no_more_of_the_database(manager: Client, stage: Stage) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            manager.get(approval(stage))
        return len(found)

    TransferRule.objects.create(venue=stage.event.venue, name="One")
    manager.get(approval(stage))
    few = statements()
    for name in ("Two", "Three"):
        TransferRule.objects.create(venue=stage.event.venue, name=name)
        person(Role.VENUE_MANAGER, stage)
    assert statements() == few
