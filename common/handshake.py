"""Who opens a WebSocket: what the handshake says, and how it is refused."""

from dataclasses import dataclass
from importlib import import_module
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

NOT_SIGNED_IN = 4401
FORBIDDEN = 4403
TRY_AGAIN_LATER = 1013


class RefusedSocketError(Exception):
    """``code`` is the WebSocket close code that says why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the handshake says about who comes; nothing of it is believed yet."""

    authorization: str | None
    session_key: str | None
    origin: str | None
    host: str

    @classmethod
    def of(cls, headers: list[tuple[bytes, bytes]]) -> "Visitor":
        fields: dict[str, str] = {}
        for name, value in headers:
            fields.setdefault(name.decode("latin1").lower(), value.decode("latin1"))
        cookies = parse_cookie(fields.get("cookie", ""))
        return cls(
            authorization=fields.get("authorization"),
            session_key=cookies.get(settings.SESSION_COOKIE_NAME),
            origin=fields.get("origin"),
            host=fields.get("host", ""),
        )


def person_of(visitor: Visitor) -> AbstractBaseUser:
    """Who is signed in. Raises ``RefusedSocketError``. Reads the database: call it from a thread."""
    if not visitor.session_key:
        raise RefusedSocketError(NOT_SIGNED_IN)
    # The browser adds the cookie to a socket that any page opens; the origin says which page.
    if not is_own_origin(visitor.origin, visitor.host):
        raise RefusedSocketError(FORBIDDEN)
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(visitor.session_key)
    user = get_user(request)
    if isinstance(user, AnonymousUser) or not user.is_active:
        raise RefusedSocketError(NOT_SIGNED_IN)
    return user


def is_own_origin(origin: str | None, host: str) -> bool:
    """Whether a page of ours opened the socket.

    Ours are the trusted origins, and the very host that the socket is on. In production that
    includes the port; elsewhere the page and the socket have different ones.
    """
    if not origin:
        return False
    try:
        page = urlsplit(origin)
        page_host, page_port = page.hostname, page.port
    except ValueError:
        return False
    if page.scheme not in {"http", "https"} or not page_host:
        return False
    if any(_matches(page, trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS):
        return True
    name, port = split_domain_port(host)
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        return False
    standard = 443 if page.scheme == "https" else 80
    same_port = (page_port or standard) == int(port or standard)
    return page_host == name.strip("[]") and (same_port or not settings.PRODUCTION)


def _matches(page: SplitResult, trusted: str) -> bool:
    """As Django's CSRF check reads CSRF_TRUSTED_ORIGINS: exact, or ``https://*.example.org``."""
    scheme, _, pattern = trusted.partition("://")
    if page.scheme != scheme:
        return False
    if pattern.startswith("*"):
        return is_same_domain(page.netloc, pattern[1:])
    return page.netloc == pattern
