"""Rules of alerts in the admin: how they are made, read, muted; the tab of the event that they watch."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from alerts import rule_words, rules
from alerts.enums import Kind
from alerts.kinds import OF_STOCK
from alerts.models import Alert, AlertRule
from tests.alerts.conftest import person, signed_in
from tests.alerts.setting_up import act, alert_of, edit, errors, rule_form
from tests.alerts.staging import team_of, venue_rule
from tests.backoffice.addresses import page
from tests.factories import Stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


def test_a_rule_is_made_and_read_in_words(manager: Client, stage: Stage) -> None:
    form = rule_form(stage, severity="CRITICAL", escalate_minutes="90", tells_partner="on")
    assert manager.post(page(AlertRule, "add"), form).status_code == 302
    rule = AlertRule.objects.get(name="Last seats")
    assert rule.venue == stage.event.venue
    body = manager.get(page(AlertRule, "changelist")).content.decode()
    assert "when a channel can sell fewer than 50 units of a pool" in body
    assert rule_words.rule_told(rule) == [
        f"All events of {rule.venue}.",
        (
            "An alert of high severity begins when a channel can sell fewer than 50 units of a pool, "
            "and ends at 55 or more."
        ),
        "It tells Box office and the channel's partner.",
        "High alerts are sent in quiet hours too.",
        "When nobody has acknowledged it after 90 minutes, it goes to the same teams again.",
        "Once ended, it does not begin again for 15 minutes.",
    ]
    assert "When nobody has acknowledged it" in manager.get(page(rule, "change")).content.decode()
    assert edit(manager, rule, rule_form(stage, threshold="40")).status_code == 302
    rule.refresh_from_db()
    record = rule.history.latest("history_id")
    assert (int(rule.threshold), record.history_change_reason) == (40, "Season")


def test_the_first_rules_of_a_venue_say_what_they_do(stage: Stage) -> None:
    told = {one.name: rule_words.threshold(one) for one in rules.speaking_for(stage.event)}
    assert told == {
        "Channel nearly sold out": "below 5 % of what a channel can sell of a pool",
        "Pool nearly sold out": "below 10 % of a pool",
        "Nearly all committed": "from 98 % of the capacity sold or held",
        "Unusual velocity": "when it sells faster or slower than usual in 1 hour, as chance alone does less than 1 in 100,000 times",
        "One channel sells, another does not": (
            "when one channel has sold 80 % or more and another 20 % or less"
        ),
        "Transfer waits for approval": "when a transfer waits for approval",
        "Sync overdue": "after 1 hour without a sign of life",
        "Sync conflict": "from 1 conflict of a channel on",
        "Payment overdue": "1 day after the day on which a payment was due",
        "Messages cannot be delivered": "after 3 failures to deliver in a row",
        "Ledger difference": "when 1 row or more differs",
    }


def test_what_the_chosen_kind_does_not_have_is_left_away(manager: Client, stage: Stage) -> None:
    """Typed under another kind, hidden since, and wrong besides."""
    form = rule_form(
        stage,
        kind=Kind.OVERSELL_RISK.value,
        probability="x",
        window_minutes="7",
        pace="FASTER",
        channel="999999",
        tells_partner="on",
        threshold="95",
    )
    assert manager.post(page(AlertRule, "add"), form).status_code == 302
    rule = AlertRule.objects.get(name="Last seats")
    assert (rule.per, rule.unit, rule.window_minutes, rule.tells_partner) == ("", "", None, False)
    fields = manager.get(page(rule, "change")).context["adminform"].form.fields
    assert not {"per", "unit", "pace", "probability", "channel", "kind"} & set(fields)
    of_pools = rule_form(stage, name="Pools", per="POOL", tells_partner="on")
    assert manager.post(page(AlertRule, "add"), of_pools).status_code == 302
    assert not AlertRule.objects.get(name="Pools").tells_partner


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("per", {"per": ""}),
        ("threshold", {"unit": "PERCENT", "threshold": "101"}),
        ("threshold", {"threshold": "-1"}),
        ("name", {"name": "Sync overdue"}),
        ("kind", {"kind": "LEDGER_DIFFERENCE"}),
        ("kind", {"kind": "<script>"}),
        (
            "other_threshold",
            {"kind": "SELL_THROUGH_GAP", "threshold": "20", "other_threshold": "80"},
        ),
        (
            "window_minutes",
            {
                "kind": "VELOCITY",
                "pace": "BOTH",
                "window_minutes": "17",
                "probability": "0.001",
            },
        ),
        (
            "probability",
            {"kind": "VELOCITY", "pace": "BOTH", "window_minutes": "60", "probability": "nan"},
        ),
        ("cooldown_minutes", {"cooldown_minutes": "9" * 30}),
    ],
)
def test_what_a_rule_cannot_say_is_told_at_its_field(
    manager: Client, stage: Stage, field: str, wrong: dict[str, str]
) -> None:
    with nothing_changed():
        found = errors(manager.post(page(AlertRule, "add"), rule_form(stage, **wrong)))
    assert field in found
    assert "constraint" not in str(found).lower()


def test_an_events_own_rule_begins_as_the_one_that_speaks_and_keeps_the_others(
    manager: Client, stage: Stage
) -> None:
    event, model = stage.event, venue_rule(stage, Kind.LOW_STOCK)
    model.escalate_to.add(team_of(stage, Role.FINANCE))
    tab = manager.get(page(event, "change")).content.decode()
    address = f"{page(AlertRule, 'add')}?event={event.pk}&kind=LOW_STOCK&rule={model.pk}"
    assert address.replace("&", "&amp;") in tab
    form = manager.get(address).context["adminform"].form
    assert (form["threshold"].value(), form["tells_channel_team"].value()) == ("5", True)
    assert form["escalate_to"].value() == [team_of(stage, Role.FINANCE).pk]
    own = rule_form(stage, event=event.pk, pool="", keeps_others="on", name="Only this")
    answer = manager.post(address, own)
    assert answer["Location"].endswith(f"{page(event, 'change')}#dataset-alerts")
    speaking = [one for one in rules.speaking_for(event) if one.kind == Kind.LOW_STOCK]
    assert {(one.name, one.event_id) for one in speaking} == {
        ("Only this", event.pk),
        ("Pool nearly sold out", event.pk),
    }
    copy = next(one for one in speaking if one.name != "Only this")
    assert set(copy.teams.all()) == {
        team_of(stage, Role.BOX_OFFICE),
        team_of(stage, Role.VENUE_MANAGER),
    }
    assert copy.history.latest("history_id").history_change_reason == "Kept beside “Only this”"
    # A second one silences nothing, and copies nothing.
    manager.post(address, own | {"name": "Another"})
    assert AlertRule.objects.filter(event=event).count() == 3


def test_the_rules_of_an_event_are_those_that_the_database_names(
    stage: Stage, other: Stage
) -> None:
    AlertRule.objects.create(
        venue=stage.event.venue,
        event=stage.event,
        name="Own",
        kind=Kind.OVERSELL_RISK,
        threshold=90,
    )
    AlertRule.objects.filter(venue=other.event.venue, kind=Kind.VELOCITY).delete()
    AlertRule.objects.filter(venue=stage.event.venue, kind=Kind.SELL_THROUGH_GAP).update(
        is_active=False
    )
    AlertRule.objects.create(
        name="All",
        kind=Kind.VELOCITY,
        threshold=5,
        window_minutes=60,
        pace="BOTH",
        probability=1e-5,
    )
    for one in (stage, other):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rule_id FROM unnest(%s::varchar[]) kind, alerts_rules_for(%s, kind)",
                [list(OF_STOCK), [one.event.pk]],
            )
            named = {row[0] for row in cursor.fetchall()}
        speaking = rules.speaking_for(one.event)
        assert {rule.pk for rule in speaking if rule.is_active and rule.kind in OF_STOCK} == named


def test_a_rule_is_muted_and_switched_with_a_reason_singly_and_in_bulk(
    manager: Client, stage: Stage
) -> None:
    rule, now = venue_rule(stage, Kind.LOW_STOCK), timezone.now()
    act(manager, rule, "mute", span="8")
    rule.refresh_from_db()
    assert rule.muted_until is not None
    assert timedelta(hours=7) < rule.muted_until - now < timedelta(hours=9)
    assert rule.history.latest("history_id").history_change_reason == "Fair days"
    listed = f"{page(AlertRule, 'changelist')}?state=muted"
    assert "Muted until" in manager.get(listed).content.decode()
    local = (now + timedelta(days=2)).astimezone(stage.event.venue.zone)
    act(manager, rule, "mute", span="until", until=f"{local:%Y-%m-%dT%H:%M}")
    rule.refresh_from_db()
    assert rule.muted_until == local.replace(second=0, microsecond=0)
    with nothing_changed():
        for until in ("", "x", "2001-01-01T10:00", "9999-12-31T23:59"):
            answer = act(manager, rule, "mute", span="until", until=until)
            assert "until" in answer.context["form"].errors, until
        act(manager, rule, "mute", span="1", reason="")
        auditor = signed_in(person(Role.AUDITOR, stage))
        assert act(auditor, rule, "switch_off").status_code == 403
    act(manager, rule, "unmute")
    assert AlertRule.objects.filter(pk=rule.pk, muted_until=None).exists()
    chosen = [rule.pk, venue_rule(stage, Kind.SYNC_OVERDUE).pk]
    form = {"action": "switch_off_selected", "_selected_action": chosen, "apply": "1"}
    manager.post(page(AlertRule, "changelist"), {**form, "reason": "Closed"})
    off = AlertRule.objects.filter(is_active=False)
    assert set(off.values_list("pk", flat=True)) == set(chosen)
    act(manager, rule, "switch_on")
    assert AlertRule.objects.get(pk=rule.pk).is_active


def test_the_tab_says_what_watches_the_event_and_what_stands_first(
    manager: Client, superuser: Client, stage: Stage
) -> None:
    AlertRule.objects.filter(venue=stage.event.venue, kind=Kind.VELOCITY).delete()
    everywhere = AlertRule.objects.create(
        name="House",
        kind=Kind.VELOCITY,
        threshold=5,
        window_minutes=60,
        pace="BOTH",
        probability=1e-5,
    )
    standing, ended = (alert_of(stage, left) for left in (7, 3))
    Alert.objects.filter(pk=ended.pk).update(status="RESOLVED", resolved_at=timezone.now())

    def tab(client: Client) -> dict[str, Any]:
        answer = client.get(page(stage.event, "change"))
        (panel,) = (one for one in answer.context["datasets"] if one.slug == "alerts")
        assert "web: 7 units left of GA" in answer.content.decode()
        found: dict[str, Any] = panel.context()
        return found

    found = tab(manager)
    assert [(row["title"], row["stands"]) for row in found["alerts"]] == [
        (f"web: {left} units left of GA", stands) for left, stands in ((7, True), (3, False))
    ]
    assert {(row["rule"].name, row["whose"], row["url"] is None) for row in found["rules"]} == {
        ("Channel nearly sold out", "The venue's", False),
        ("Pool nearly sold out", "The venue's", False),
        ("Nearly all committed", "The venue's", False),
        ("One channel sells, another does not", "The venue's", False),
        ("House", "For all venues", True),
    }
    (house,) = (row for row in tab(superuser)["rules"] if row["rule"] == everywhere)
    assert house["url"] == page(everywhere, "change")
    assert standing.pk < ended.pk
