"""Teams, endpoints and deliveries in the admin; all lists of the set-up."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from alerts.models import AlertRule, AlertTeam, Delivery, Endpoint
from tests.alerts.conftest import person, signed_in
from tests.alerts.setting_up import HOOK, act, alert_of, edit, errors, slack
from tests.alerts.staging import team_of
from tests.backoffice.addresses import page
from tests.backoffice.kit.test_lists import queries
from tests.factories import Stage, make_stage
from tests.proofs import nothing_changed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hook_of_slack")]


# --- Teams --------------------------------------------------------------------------------------


def test_a_teams_page_says_who_is_told_and_takes_only_people_of_the_venue(
    manager: Client, stage: Stage, other: Stage
) -> None:
    team = team_of(stage, Role.BOX_OFFICE)
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
        assert manager.get(page(team_of(other, Role.BOX_OFFICE), "change")).status_code == 404
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
    team = team_of(stage, Role.BOX_OFFICE)
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


def test_a_new_address_begins_anew_and_a_disabled_one_is_enabled_again(
    manager: Client, stage: Stage
) -> None:
    now = timezone.now()
    bad: dict[str, Any] = {
        "disabled_at": now,
        "disabled_reason": "No such hook.",
        "failures": 4,
        "not_before": now,
    }
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
        team=team_of(stage, Role.BOX_OFFICE), person=member, transport="EMAIL", address=member.email
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
    manager: Client, stage: Stage, other: Stage
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
    elsewhere = signed_in(person(Role.VENUE_MANAGER, other))
    for address in (progress, page(delivery, "change")):
        assert elsewhere.get(address).status_code == 404
    assert signed_in(person(Role.BOX_OFFICE, stage)).get(progress).status_code == 403
    assert manager.get(page(endpoint, "delete")).status_code == 403


# --- Lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [AlertRule, AlertTeam, Endpoint, Delivery])
def test_more_rows_are_no_more_statements(model: Any, superuser: Client) -> None:
    def fill() -> Stage:
        made = make_stage()
        endpoint = slack(made)
        person(Role.BOX_OFFICE, made)
        Endpoint.objects.create(
            channel=made.channels["web"], transport="EMAIL", address="partner@example.com"
        )
        Delivery.objects.create(
            endpoint=endpoint,
            purpose="OPENED",
            alert=alert_of(made, 3),
            due_at=timezone.now(),
        )
        return made

    fill()
    address = page(model, "changelist")
    superuser.get(address)
    few = queries(superuser, address)
    for _ in range(2):
        fill()
    assert queries(superuser, address) == few


def test_a_team_and_a_tab_ask_as_often_for_many_as_for_one(manager: Client, stage: Stage) -> None:
    def add() -> None:
        number = Endpoint.objects.count()
        endpoint = slack(stage, address=f"{HOOK}{number}")
        Delivery.objects.create(endpoint=endpoint, purpose="TEST", due_at=timezone.now())
        person(Role.BOX_OFFICE, stage)
        alert_of(stage, number + 10)

    add()
    addresses = [page(team_of(stage, Role.BOX_OFFICE), "change"), page(stage.event, "change")]
    for address in addresses:
        manager.get(address)
    few = [queries(manager, address) for address in addresses]
    add()
    add()
    assert [queries(manager, address) for address in addresses] == few
