"""Who fails to sign in too often has to wait."""

from typing import Any
from unicodedata import normalize

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_failure_limit
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest

from accounts.addresses import client_address

# So many that an office behind one address does not lock itself out by slips of the pen.
FAILURES_PER_ADDRESS = 50


def person_named(
    request: HttpRequest | None, credentials: dict[str, Any] | None = None
) -> str | None:
    """Under which name a failure is counted: one for all ways in which a person's address may be written.

    The form normalizes what was typed, and the database compares in upper case, to which a dotless i
    and a long s belong as well.
    """
    username = (credentials or {}).get(settings.AXES_USERNAME_FORM_FIELD)
    if username is None and request is not None:
        username = request.POST.get(settings.AXES_USERNAME_FORM_FIELD)
    if username is None:
        return None
    return normalize("NFKC", str(username)).strip().upper().lower()


class LoginThrottle(AxesDatabaseHandler):
    """Beside the limit by person and address, a higher one by address alone.

    Axes' own list of parameters has one limit for all of them, and a sign-in would clear the
    failures of everybody at the address, so that whoever has an account could guess on and on.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        own: int = super().get_failures(request, credentials)
        if _failures_at(request) < FAILURES_PER_ADDRESS:
            return own
        limit: int = get_failure_limit(request, credentials)
        return max(own, limit)


def _failures_at(request: HttpRequest) -> int:
    """How often anybody failed at the request's address within the time to wait."""
    address = client_address(request)
    if address is None:
        return 0
    recent = AccessAttempt.objects.filter(
        ip_address=address, attempt_time__gte=get_cool_off_threshold(request)
    )
    total: int | None = recent.aggregate(total=Sum("failures_since_start"))["total"]
    return total or 0
