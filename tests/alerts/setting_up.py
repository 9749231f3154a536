"""The set-up of alerts as a person edits it in the admin."""

from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from alerts.enums import Kind
from alerts.models import Alert, Endpoint
from tests.alerts.making import make_alert
from tests.alerts.staging import make_endpoint, team_of
from tests.backoffice.addresses import page
from tests.factories import Stage

# No name is looked up for it; a setting of the tests makes it an address of Slack's.
HOOK = "https://127.0.0.1:9/services/T0/B0/verysecret"


def slack(stage: Stage, address: str = HOOK, **fields: Any) -> Endpoint:
    values = {"transport": "SLACK", "name": "#office"}
    return make_endpoint(team_of(stage, Role.BOX_OFFICE), address, **values | fields)


def alert_of(stage: Stage, left: int) -> Alert:
    """So few units left of a channel's hundred."""
    details = {"per": "CHANNEL", "unit": "PERCENT", "left": left, "all": 100}
    return make_alert(stage, seen=left, threshold=10, details=details)


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
        "teams": [team_of(stage, Role.BOX_OFFICE).pk],
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


def action(target: Any, name: str) -> str:
    opts = target._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=(target.pk,))


def act(client: Client, target: Any, name: str, **form: Any) -> Any:
    return client.post(action(target, name), {"reason": "Fair days", **form})
