"""What the set-up of alerts shows of other venues, and of what is secret: nothing."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from alerts.models import AlertRule, AlertTeam, Delivery, Endpoint
from tests.alerts.conftest import person, signed_in
from tests.alerts.setting_up import HOOK, act, action, edit, errors, rule_form, slack
from tests.alerts.staging import team_of
from tests.backoffice.addresses import page
from tests.factories import Stage
from tests.proofs import nothing_changed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hook_of_slack")]


def test_a_rule_names_only_what_is_of_its_venue_and_none_is_made_for_others(
    manager: Client, superuser: Client, stage: Stage, other: Stage
) -> None:
    address = page(AlertRule, "add")
    foreign = {"channel": other.channels["web"].pk, "teams": [team_of(other, Role.BOX_OFFICE).pk]}
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


def test_no_page_shows_what_is_secret_of_an_address(
    manager: Client, superuser: Client, stage: Stage
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
    for client in (manager, superuser, signed_in(person(Role.AUDITOR, stage))):
        for address in (
            page(Endpoint, "changelist"),
            page(endpoint, "change"),
            page(endpoint, "history"),
            page(hook, "change"),
            page(hook, "history"),
            page(team_of(stage, Role.BOX_OFFICE), "change"),
            page(team_of(stage, Role.BOX_OFFICE), "history"),
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
    seller = signed_in(person(Role.BOX_OFFICE, stage))
    assert (
        "127.0.0.1:9"
        not in seller.get(page(team_of(stage, Role.BOX_OFFICE), "change")).content.decode()
    )
    assert seller.get(page(endpoint, "change")).status_code == 403


def test_a_partners_address_is_made_on_the_channels_page_and_its_secret_shown_to_who_may(
    manager: Client, stage: Stage, other: Stage
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
        wrong = {
            "team": team_of(other, Role.BOX_OFFICE).pk,
            "transport": "EMAIL",
            "address": "a@example.com",
        }
        assert "team" in errors(manager.post(page(Endpoint, "add"), wrong))
        assert "team" in errors(manager.post(page(Endpoint, "add"), form))
    answer = manager.post(address, form | {"is_active": "on"})
    assert answer["Location"].endswith(f"{page(channel, 'change')}#dataset-partner")
    endpoint = Endpoint.objects.get(channel=channel)
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret not in manager.get(action(endpoint, "show_secret")).content.decode()
    answer = act(manager, endpoint, "show_secret")
    assert endpoint.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    partners = signed_in(person(Role.PARTNER_MANAGER, stage))
    assert "8.8.8.8" in partners.get(page(channel, "change")).content.decode()
    assert act(partners, endpoint, "show_secret").status_code == 403
    elsewhere = signed_in(person(Role.VENUE_MANAGER, other))
    for name in ("show_secret", "send_test", "enable"):
        assert act(elsewhere, endpoint, name).status_code == 404
    assert not Delivery.objects.exists()
