"""Rules, teams, endpoints and deliveries in the admin; tabs of the event and of the sales channel."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from alerts import rule_words, rules
from alerts.enums import OF_STOCK, Kind
from alerts.models import Alert, AlertRule, AlertTeam, Delivery, Endpoint
from tests.admin.addresses import page
from tests.admin.conftest import SignIn, manager, other, person, sign_in, stage, superuser
from tests.factories import Stage, make_stage
from tests.proofs import nothing_changed

__all__ = ["manager", "other", "sign_in", "stage", "superuser"]

pytestmark = pytest.mark.django_db

# No name is looked up for it; the setting makes it an address of Slack's.
HOOK = "https://127.0.0.1:9/services/T0/B0/verysecret"


@pytest.fixture(autouse=True)
def _a_hook_of_slack(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = frozenset({"127.0.0.1:9"})


def rule_of(stage: Stage, name: str = "Channel nearly sold out") -> AlertRule:
    return AlertRule.objects.get(venue=stage.event.venue, event=None, name=name)


def team_of(stage: Stage, role: Role = Role.BOX_OFFICE) -> AlertTeam:
    return AlertTeam.objects.get(venue=stage.event.venue, role=role.value)


def slack(stage: Stage, **fields: Any) -> Endpoint:
    values = {"team": team_of(stage), "transport": "SLACK", "address": HOOK, "name": "#office"}
    return Endpoint.objects.create(**values | fields)


def rule_form(stage: Stage, **more: Any) -> dict[str, Any]:
    found = {
        "venue": stage.event.venue.pk,
        "kind": Kind.LOW_STOCK.value,
        "name": "Last seats",
        "severity": "WARNING",
        "is_active": "on",
        "per": "CHANNEL",
        "unit": "UNITS",
        "threshold": "50",
        "other_threshold": "",
        "window_minutes": "",
        "pace": "",
        "probability": "",
        "channel": "",
        "hysteresis": "5",
        "cooldown_minutes": "15",
        "teams": [team_of(stage).pk],
        "escalate_minutes": "",
        "advice": "",
    }
    return {**found, **more}


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return {name: list(found) for name, found in answer.context["adminform"].form.errors.items()}


def edit(client: Client, target: Any, form: dict[str, Any]) -> Any:
    """As its page would send it: with the state that the page was opened in."""
    opened = client.get(page(target, "change")).context["adminform"].form
    state = opened.fields["opened_state"].initial
    return client.post(page(target, "change"), {**form, "opened_state": state, "reason": "Season"})


def act(client: Client, target: Any, name: str, **form: Any) -> Any:
    opts = target._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=(target.pk,))
    return client.post(url, {"reason": "Fair days", **form})


# --- Rules --------------------------------------------------------------------------------------


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
        "Being high, it is sent in quiet hours too.",
        "When nobody has acknowledged it after 90 minutes, it goes to the same once more.",
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


def test_a_rule_names_only_what_is_of_its_venue_and_none_is_made_for_others(
    manager: Client, superuser: Client, stage: Stage, other: Stage
) -> None:
    address = page(AlertRule, "add")
    foreign = {"channel": other.channels["web"].pk, "teams": [team_of(other).pk]}
    with nothing_changed():
        found = errors(manager.post(address, rule_form(stage, **foreign)))
        assert set(found) == {"channel", "teams"}
        assert manager.post(address, rule_form(other)).status_code == 404
        assert "venue" in errors(manager.post(address, rule_form(stage, venue="")))
        assert manager.post(f"{address}?all=1", rule_form(stage, venue="")).status_code == 403
        for asked in (
            f"event={other.event.pk}",
            "event=x",
            "venue=%00",
            "event=99999999999999999999",
        ):
            assert manager.get(f"{address}?{asked}").status_code == 404, asked
    everywhere = AlertRule.objects.get(venue=None, name="Ledger difference")
    assert manager.get(page(everywhere, "change")).status_code == 404
    assert superuser.get(page(everywhere, "change")).status_code == 200
    assert "All venues without their own" in superuser.get(address).content.decode()
    operations = AlertTeam.objects.get(venue=None)
    form = rule_form(stage, venue="", teams=[operations.pk])
    assert superuser.post(f"{address}?all=1", form).status_code == 302
    assert AlertRule.objects.get(name="Last seats").venue is None


def test_an_events_own_rule_begins_as_the_one_that_speaks_and_keeps_the_others(
    manager: Client, stage: Stage
) -> None:
    event, model = stage.event, rule_of(stage)
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
    assert set(copy.teams.all()) == {team_of(stage), team_of(stage, Role.VENUE_MANAGER)}
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
    manager: Client, stage: Stage, sign_in: SignIn
) -> None:
    rule, now = rule_of(stage), timezone.now()
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
        auditor = sign_in(person(Role.AUDITOR, stage))
        assert act(auditor, rule, "switch_off").status_code == 403
    act(manager, rule, "unmute")
    assert AlertRule.objects.filter(pk=rule.pk, muted_until=None).exists()
    chosen = [rule.pk, rule_of(stage, "Sync overdue").pk]
    form = {"action": "switch_off_selected", "_selected_action": chosen, "apply": "1"}
    manager.post(page(AlertRule, "changelist"), {**form, "reason": "Closed"})
    off = AlertRule.objects.filter(is_active=False)
    assert set(off.values_list("pk", flat=True)) == set(chosen)
    act(manager, rule, "switch_on")
    assert AlertRule.objects.get(pk=rule.pk).is_active


# --- Teams --------------------------------------------------------------------------------------


def test_a_teams_page_says_who_is_told_and_takes_only_people_of_the_venue(
    manager: Client, stage: Stage, other: Stage, sign_in: SignIn
) -> None:
    team = team_of(stage)
    seller, foreigner = person(Role.BOX_OFFICE, stage), person(Role.BOX_OFFICE, other)
    colleague = person(Role.FINANCE, stage)
    chosen = {
        **inline(team),
        "name": "Counter",
        "has_everyone": "on",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "time_zone": "",
        "digest_minutes": "60",
    }
    with nothing_changed():
        found = errors(edit(manager, team, chosen | {"members": [foreigner.pk]}))
        assert set(found) == {"members"}
        assert "quiet_until" in errors(edit(manager, team, chosen | {"quiet_until": ""}))
        assert "time_zone" in errors(edit(manager, team, chosen | {"time_zone": "Mars/Base"}))
        assert manager.get(page(team, "delete")).status_code == 403
        assert manager.get(page(team_of(other), "change")).status_code == 404
    assert edit(manager, team, chosen | {"members": [colleague.pk]}).status_code == 302
    body = manager.get(page(team, "change")).content.decode()
    for one in (seller, colleague):
        assert one.email in body
    assert foreigner.email not in body
    listed = manager.get(page(AlertTeam, "changelist")).content.decode()
    assert f"22:00 to 07:00, {stage.event.venue.time_zone}" in listed
    assert "role" not in manager.get(page(AlertTeam, "add")).context["adminform"].form.fields


def inline(team: AlertTeam, *rows: dict[str, Any]) -> dict[str, Any]:
    known = list(team.endpoints.filter(person=None))
    found: dict[str, Any] = {
        "endpoints-TOTAL_FORMS": len(rows) or len(known),
        "endpoints-INITIAL_FORMS": len(known),
    }
    shown = [
        {
            "id": one.pk,
            "team": team.pk,
            "transport": one.transport,
            "address": one.shown_address,
            "name": one.name,
            "is_active": "on",
        }
        for one in known
    ]
    for number, row in enumerate(rows or shown):
        found |= {f"endpoints-{number}-{name}": value for name, value in row.items()}
    return found


def test_addresses_of_a_team_are_checked_and_kept_without_being_shown(
    manager: Client, stage: Stage
) -> None:
    team = team_of(stage)
    base = {"name": "Box office", "has_everyone": "on", "digest_minutes": "60"}
    row = {"team": team.pk, "transport": "SLACK", "address": "https://8.8.8.8/", "name": "#office"}
    with nothing_changed():
        answer = edit(manager, team, base | inline(team, row))
        assert b"hooks.slack.com/services/" in answer.content
    row["address"] = HOOK
    assert edit(manager, team, base | inline(team, row)).status_code == 302
    endpoint = Endpoint.objects.get(team=team)
    assert endpoint.address == HOOK
    assert (
        edit(manager, team, base | inline(team) | {"endpoints-0-name": "#door"}).status_code == 302
    )
    endpoint.refresh_from_db()
    assert (endpoint.address, endpoint.name, endpoint.is_active) == (HOOK, "#door", True)


# --- Endpoints ----------------------------------------------------------------------------------


def test_no_page_shows_what_is_secret_of_an_address(
    manager: Client, superuser: Client, stage: Stage, sign_in: SignIn
) -> None:
    endpoint = slack(stage)
    hook = Endpoint.objects.create(
        channel=stage.channels["agent"],
        transport="WEBHOOK",
        address="https://partner.example/in/key",
    )
    edit(manager, endpoint, {"address": f"{HOOK}2", "name": "#office", "is_active": "on"})
    endpoint.refresh_from_db()
    assert endpoint.address == f"{HOOK}2"
    services_test = Delivery.objects.create(
        endpoint=endpoint, purpose="TEST", due_at=timezone.now()
    )
    for client in (manager, superuser, sign_in(person(Role.AUDITOR, stage))):
        for address in (
            page(Endpoint, "changelist"),
            page(endpoint, "change"),
            page(endpoint, "history"),
            page(hook, "change"),
            page(hook, "history"),
            page(team_of(stage), "change"),
            page(team_of(stage), "history"),
            page(AlertTeam, "changelist"),
            page(Delivery, "changelist"),
            page(services_test, "change"),
            page(stage.channels["agent"], "change"),
        ):
            body = client.get(address).content.decode()
            for secret in ("verysecret", "in/key", hook.secret):
                assert secret not in body, (address, secret)
    for query in ("address__startswith=https", "secret__startswith=w", "q=verysecret"):
        answer = superuser.get(f"{page(Endpoint, 'changelist')}?{query}")
        assert answer.status_code == 400 or not answer.context["cl"].result_list
    # Who works in the box office sees the team, and none of its shared addresses.
    seller = sign_in(person(Role.BOX_OFFICE, stage))
    assert "127.0.0.1:9" not in seller.get(page(team_of(stage), "change")).content.decode()
    assert seller.get(page(endpoint, "change")).status_code == 403


def test_a_partners_address_is_made_on_the_channels_page_and_its_secret_shown_to_who_may(
    manager: Client, stage: Stage, other: Stage, sign_in: SignIn
) -> None:
    channel = stage.channels["agent"]
    address = f"{page(Endpoint, 'add')}?channel={channel.pk}"
    assert address in manager.get(page(channel, "change")).content.decode()
    form = {"channel": channel.pk, "transport": "WEBHOOK", "address": "https://8.8.8.8/in/key"}
    with nothing_changed():
        assert "transport" in errors(manager.post(address, form | {"transport": "SMS"}))
        assert "channel" in errors(
            manager.post(address, form | {"channel": other.channels["web"].pk})
        )
        assert (
            manager.get(f"{page(Endpoint, 'add')}?channel={other.channels['web'].pk}").status_code
            == 404
        )
        wrong = {"team": team_of(other).pk, "transport": "EMAIL", "address": "a@example.com"}
        assert "team" in errors(manager.post(page(Endpoint, "add"), wrong))
        assert "team" in errors(manager.post(page(Endpoint, "add"), form))
    answer = manager.post(address, form | {"is_active": "on"})
    assert answer["Location"].endswith(f"{page(channel, 'change')}#dataset-partner")
    endpoint = Endpoint.objects.get(channel=channel)
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret not in act_page(manager, endpoint, "show_secret").content.decode()
    answer = act(manager, endpoint, "show_secret")
    assert endpoint.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    partners = sign_in(person(Role.PARTNER_MANAGER, stage))
    assert "8.8.8.8" in partners.get(page(channel, "change")).content.decode()
    assert act(partners, endpoint, "show_secret").status_code == 403
    elsewhere = sign_in(person(Role.VENUE_MANAGER, other))
    for name in ("show_secret", "send_test", "enable"):
        assert act(elsewhere, endpoint, name).status_code == 404
    assert not Delivery.objects.exists()


def act_page(client: Client, target: Any, name: str) -> Any:
    opts = target._meta
    return client.get(
        reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=(target.pk,))
    )


def test_a_new_address_begins_anew_and_a_disabled_one_is_enabled_again(
    manager: Client, stage: Stage
) -> None:
    now = timezone.now()
    bad = {"disabled_at": now, "disabled_reason": "No such hook.", "failures": 4, "not_before": now}
    endpoint = slack(stage, **bad)
    body = manager.get(page(Endpoint, "changelist")).content.decode()
    assert "No such hook. Since" in body
    edit(manager, endpoint, {"address": endpoint.shown_address, "name": "#x", "is_active": "on"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.failures, endpoint.address) == ("#x", 4, HOOK)
    edit(manager, endpoint, {"address": f"{HOOK}2", "name": "#x", "is_active": "on"})
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_reason, endpoint.failures) == (None, "", 0)
    Endpoint.objects.filter(pk=endpoint.pk).update(**bad)
    act(manager, endpoint, "enable")
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.not_before) == (None, None)


def test_a_members_own_address_is_tested_and_not_edited(manager: Client, stage: Stage) -> None:
    member = person(Role.BOX_OFFICE, stage)
    endpoint = Endpoint.objects.create(
        team=team_of(stage), person=member, transport="EMAIL", address=member.email
    )
    body = manager.get(page(endpoint, "change")).content.decode()
    assert "it follows the team" in body
    form = {"address": "other@example.com", "is_active": "on", "reason": "x"}
    assert manager.post(page(endpoint, "change"), form).status_code == 403
    assert manager.post(page(endpoint, "delete"), {"post": "yes", "reason": "x"}).status_code == 403
    assert act(manager, endpoint, "send_test").status_code == 302
    assert Delivery.objects.get().endpoint == endpoint


# --- Deliveries ---------------------------------------------------------------------------------


def test_a_test_leads_to_its_delivery_which_waits_until_it_knows(
    manager: Client, stage: Stage, other: Stage, sign_in: SignIn
) -> None:
    endpoint = slack(stage)
    answer = act(manager, endpoint, "send_test")
    delivery = Delivery.objects.get()
    assert answer["Location"] == page(delivery, "change")
    assert delivery.requested_by is not None
    progress = reverse("admin:alerts_delivery_progress", args=(delivery.pk,))
    body = manager.get(page(delivery, "change")).content.decode()
    assert f'hx-get="{progress}" hx-trigger="every 1s"' in body
    assert "Pending" in manager.get(progress).content.decode()
    Delivery.objects.update(
        attempts=1, failure="429 Too Many Requests", due_at=timezone.now() + timedelta(minutes=9)
    )
    body = manager.get(progress).content.decode()
    assert "The last attempt failed:" in body
    assert "429 Too Many Requests" in body
    assert 'hx-trigger="every 30s"' in body
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=5))
    assert "is a worker running?" in manager.get(progress).content.decode()
    Delivery.objects.update(status="FAILED", failure="404 no_service", ended_at=timezone.now())
    assert manager.get(progress)["HX-Refresh"] == "true"
    body = manager.get(page(delivery, "change")).content.decode()
    assert "404 no_service" in body
    assert "hx-trigger" not in body.partition('id="delivery-state"')[2].partition(">")[0]
    assert "404 no_service" in manager.get(page(Delivery, "changelist")).content.decode()
    elsewhere = sign_in(person(Role.VENUE_MANAGER, other))
    for address in (progress, page(delivery, "change")):
        assert elsewhere.get(address).status_code == 404
    assert sign_in(person(Role.BOX_OFFICE, stage)).get(progress).status_code == 403
    assert manager.get(page(endpoint, "delete")).status_code == 403


# --- The event's tab ----------------------------------------------------------------------------


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
    rule = rule_of(stage)
    standing, ended = (alert_of(stage, rule, left) for left in (7, 3))
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


def alert_of(stage: Stage, rule: AlertRule, left: int) -> Alert:
    now = timezone.now()
    return Alert.objects.create(
        rule=rule,
        kind=rule.kind,
        severity=rule.severity,
        subject=f"pool:{left}",
        venue=stage.event.venue,
        event=stage.event,
        seen=left,
        latest=left,
        threshold=10,
        details={
            "per": "CHANNEL",
            "unit": "PERCENT",
            "left": left,
            "all": 100,
            "channel": "web",
            "pool": "GA",
        },
        latest_at=now,
        opened_at=now,
    )


# --- Lists --------------------------------------------------------------------------------------


def statements(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as found:
        ask()
    return len(found)


@pytest.mark.parametrize("model", [AlertRule, AlertTeam, Endpoint, Delivery])
def test_more_rows_are_no_more_statements(model: Any, superuser: Client) -> None:
    def fill() -> Stage:
        made = make_stage()
        rule = rule_of(made)
        endpoint = slack(made)
        person(Role.BOX_OFFICE, made)
        Endpoint.objects.create(
            channel=made.channels["web"], transport="EMAIL", address="partner@example.com"
        )
        Delivery.objects.create(
            endpoint=endpoint,
            purpose="OPENED",
            alert=alert_of(made, rule, 3),
            due_at=timezone.now(),
        )
        return made

    fill()
    address = page(model, "changelist")
    superuser.get(address)
    few = statements(partial(superuser.get, address))
    for _ in range(2):
        fill()
    assert statements(partial(superuser.get, address)) == few


def test_a_team_and_a_tab_ask_as_often_for_many_as_for_one(manager: Client, stage: Stage) -> None:
    def add() -> None:
        number = Endpoint.objects.count()
        endpoint = slack(stage, address=f"{HOOK}{number}")
        Delivery.objects.create(endpoint=endpoint, purpose="TEST", due_at=timezone.now())
        person(Role.BOX_OFFICE, stage)
        alert_of(stage, rule_of(stage), number + 10)

    add()
    addresses = [page(team_of(stage), "change"), page(stage.event, "change")]
    for address in addresses:
        manager.get(address)
    few = [statements(partial(manager.get, address)) for address in addresses]
    add()
    add()
    assert [statements(partial(manager.get, address)) for address in addresses] == few
