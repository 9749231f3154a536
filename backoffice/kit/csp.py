"""The admin's own Content-Security-Policy: as strict as unfold allows.

Unfold's scripts are files of ours, but Alpine compiles the expressions in its attributes, which
needs 'unsafe-eval'; colors, bars and Alpine's ``x-show`` are inline styles. Nothing is loaded
from anywhere else, and no inline script runs.

Alpine's own build without it does not read what unfold's templates say in their attributes: functions,
``window``, ``localStorage``, ``$watch``. Each of them would have to be a copy of ours. So markup is what
must not get in: every text is escaped, and tests/architecture/test_markup.py sees to it.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from common.live_address import live_address

POLICY = (
    "default-src 'none'; "
    "script-src 'self' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self' {live}; "  # counts in the sidebar are live
    "base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
PREFIX = "/admin/"
HEADER = "Content-Security-Policy"


class AdminContentSecurityPolicy:
    """Middleware: sets the policy on every answer under /admin/, which django-csp leaves out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith(PREFIX):
            response.headers.setdefault(HEADER, POLICY.format(live=live_address(request)))
        return response
