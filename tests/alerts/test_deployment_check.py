"""What the deployment check tells an operator of messages that cannot leave."""

from typing import Any

from django.core.checks import Tags, run_checks


def test_the_deployment_check_names_what_keeps_messages_from_leaving(settings: Any) -> None:
    settings.EMAIL_CONFIGURED = False
    settings.EMAIL_HOST_PASSWORD, settings.EMAIL_USE_TLS = "word", False
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert said_at_deployment() == ["alerts.W001", "alerts.W002", "alerts.W003"]

    settings.EMAIL_CONFIGURED = settings.EMAIL_USE_TLS = True
    settings.PUBLIC_URL = "https://tickets.example.com"
    assert said_at_deployment() == []


def said_at_deployment() -> list[str]:
    """As ``manage.py check --deploy`` finds the checks: those that the app has registered."""
    warnings = run_checks(tags=[Tags.security], include_deployment_checks=True)
    return [str(warning.id) for warning in warnings if str(warning.id).startswith("alerts.")]
