"""Where a page finds the live server."""

from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def live_address(request: HttpRequest) -> str:
    """Scheme, host and port of the live server as the visitor's browser reaches it."""
    host, _port = split_domain_port(request.get_host())
    return live_address_for(f"{'https' if request.is_secure() else 'http'}://{host}")


def live_address_for(site: str) -> str:
    """The same for a program that knows the site's address."""
    if settings.LIVE_URL:
        parts = urlsplit(settings.LIVE_URL)
        return f"{parts.scheme}://{parts.netloc}"
    parts = urlsplit(site)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{host}:{settings.LIVE_PORT}"


def for_templates(request: HttpRequest) -> dict[str, object]:
    """A context processor. Found out where it is asked for: an error page may have no lawful host."""
    return {"live_address": partial(live_address, request)}
