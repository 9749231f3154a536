"""What `manage.py check --deploy` says of the way that messages take."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Tags, register
from django.core.checks import Warning as CheckWarning


@register(Tags.security, deploy=True)
def messages_can_leave(**_: Any) -> list[CheckWarning]:
    warnings = []
    if not settings.EMAIL_CONFIGURED:
        warnings.append(
            CheckWarning(
                "No e-mail can be sent: alerts to e-mail addresses will wait.",
                hint="Set FINLO_EMAIL_URL and FINLO_EMAIL_FROM.",
                id="alerts.W001",
            )
        )
    if settings.EMAIL_HOST_PASSWORD and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        warnings.append(
            CheckWarning(
                "The password of the mail server is sent without encryption.",
                hint="Begin FINLO_EMAIL_URL with smtps:// or smtp+starttls://.",
                id="alerts.W002",
            )
        )
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        warnings.append(
            CheckWarning(
                f"Links in messages lead to {settings.PUBLIC_URL}.",
                hint="Set FINLO_PUBLIC_URL to the https:// address of the site.",
                id="alerts.W003",
            )
        )
    return warnings
