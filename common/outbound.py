"""Requests to addresses that people typed, which must not lead into our own network.

The name is resolved once, every address that it has must be a public one, and the connection is made to
what was checked: a name that means another address a moment later gains nothing. A redirect is an
answer like others and is not followed; no proxy is asked. ``FINLO_OUTBOUND_ALLOW`` names the exceptions
(docs/adr/0009-how-messages-leave.md).
"""

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CONNECT_SECONDS = 3.0
WHOLE_SECONDS = 10.0
MAX_BYTES = 64 * 1024
LONGEST_URL = 2000
AT_ONCE = 16 * 1024

GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that has been given out for use between networks
NAT64 = IPv6Network("64:ff9b::/96")

# Host and port → the addresses, as text. Raises ``OSError`` or ``UnicodeError``.
LookUp = Callable[[str, int], list[str]]


class ForbiddenAddressError(Exception):
    """Nothing may be sent there; the text says why and does not tell what the name resolves to."""


class NoAnswerError(Exception):
    """There was no whole answer in time; the text names the host and never the path."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # at most MAX_BYTES, and what had come when time was up


@dataclass(frozen=True, slots=True)
class _Target:
    encrypted: bool
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host and port as one word, the form of FINLO_OUTBOUND_ALLOW."""
        return f"{self.written_host}:{self.port}"

    @property
    def written_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def allowed(self) -> bool:
        return self.place in settings.OUTBOUND_ALLOW


def look_up(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_rest, address in answers))


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float = WHOLE_SECONDS,
    look_up: LookUp = look_up,
) -> Answer:
    """The answer to a POST, whatever its status; all of it takes at most ``seconds``.

    Raises ``ForbiddenAddressError`` before anything is sent, ``NoAnswerError`` when it is not known
    whether the other side has understood.
    """
    deadline = time.monotonic() + seconds
    target = _parse(url)
    addresses = _checked(target, min(CONNECT_SECONDS, seconds), look_up)
    try:
        with _connect(target, addresses, deadline) as connected:
            return _exchange(target, _Wire(connected, deadline), body, headers)
    except TimeoutError:
        raise NoAnswerError(
            _("%(host)s did not answer within %(seconds)g seconds.")
            % {"host": target.host, "seconds": seconds}
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise NoAnswerError(
            _("The certificate of %(host)s is not valid: %(why)s.")
            % {"host": target.host, "why": error.verify_message.rstrip(".")}
        ) from None
    except OSError as error:
        raise NoAnswerError(
            _("There is no connection to %(host)s: %(why)s.")
            % {"host": target.host, "why": error.strerror or _("it was closed")}
        ) from None
    except HTTPException:
        raise NoAnswerError(
            _("%(host)s does not answer as a web server does.") % {"host": target.host}
        ) from None


def check_url(url: str, *, look_up: LookUp = look_up) -> None:
    """For forms, when an address is saved: raises ``ValidationError`` if ``post`` would refuse it now."""
    try:
        target = _parse(url)
        _checked(target, CONNECT_SECONDS, look_up)
    except (ForbiddenAddressError, NoAnswerError) as error:
        raise ValidationError(str(error), code="address") from None


def is_allowed(url: str) -> bool:
    """Whether the operator has named exactly this host and port."""
    try:
        return _parse(url).allowed
    except ForbiddenAddressError:
        return False


def host_of(url: str) -> str:
    """What may be shown of an address that is itself a secret."""
    return _parse(url).host


def is_public(text: str) -> bool:
    """Whether the address is one between networks; what wraps an IPv4 address is judged by that."""
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if wrapped is None and address in NAT64:
            wrapped = IPv4Address(int(address) & 0xFFFF_FFFF)
        if wrapped is None and address not in GLOBAL_UNICAST:
            return False
        address = wrapped or address
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _parse(url: str) -> _Target:
    # Python would drop line ends and tabs, others read a backslash as a slash: no address needs them.
    if (
        len(url) > LONGEST_URL
        or not url.isascii()
        or not url.isprintable()
        or set(" \\") & set(url)
    ):
        raise ForbiddenAddressError(_("The address has characters that no web address has."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenAddressError(_("This is not a web address.")) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ForbiddenAddressError(_("The address has to begin with https:// and a name."))
    if "@" in parts.netloc or "%" in parts.netloc:
        raise ForbiddenAddressError(_("The address must hold no user name or password."))
    encrypted = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = _Target(encrypted, parts.hostname, port or (443 if encrypted else 80), path)
    if not (encrypted or target.allowed):
        raise ForbiddenAddressError(_("The address has to begin with https://."))
    return target


def _checked(target: _Target, seconds: float, look_up: LookUp) -> list[str]:
    addresses = resolve(target.host, target.port, seconds, look_up=look_up)
    if not target.allowed and not all(map(is_public, addresses)):
        raise ForbiddenAddressError(
            _("%(host)s is not a public address of the internet.") % {"host": target.host}
        )
    return addresses


def resolve(host: str, port: int, seconds: float, *, look_up: LookUp = look_up) -> list[str]:
    """The addresses of a name, of any kind. Raises ``NoAnswerError`` if none is found in that time."""
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def ask() -> None:
        addresses = None
        with suppress(OSError, UnicodeError):
            addresses = look_up(host, port)
        answers.put(addresses)

    # The resolver of the system takes as long as it likes; its thread ends when it does.
    threading.Thread(target=ask, name="look up", daemon=True).start()
    try:
        addresses = answers.get(timeout=seconds)
    except queue.Empty:
        addresses = None
    if not addresses:
        raise NoAnswerError(_("The name %(host)s was not found.") % {"host": host})
    return addresses


def connect(addresses: list[str], port: int, until: float) -> socket.socket:
    """A connection to the first of these that takes one, by then on the monotonic clock. Raises ``OSError``."""
    for remaining in range(len(addresses), 0, -1):
        try:
            return socket.create_connection(
                (addresses[-remaining], port), timeout=_left(until) / remaining
            )
        except OSError:
            if remaining == 1:
                raise
    raise AssertionError("a name has at least one address")


def _connect(target: _Target, addresses: list[str], deadline: float) -> socket.socket:
    """To the first of these addresses that takes a connection; with TLS, to the name's own server."""
    plain = connect(addresses, target.port, min(deadline, time.monotonic() + CONNECT_SECONDS))
    if not target.encrypted:
        return plain
    try:
        plain.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


def _exchange(target: _Target, wire: "_Wire", body: bytes, headers: Mapping[str, str]) -> Answer:
    usual = target.port == (443 if target.encrypted else 80)
    connection = HTTPConnection(target.host, target.port)
    connection.sock = wire  # all that http.client asks of a socket
    host = target.written_host if usual else target.place
    connection.request("POST", target.path, body, {**headers, "Host": host, "Connection": "close"})
    response = connection.getresponse()
    received = b""
    # With the status it has been said whether the request was taken, however its body ends.
    with suppress(OSError, HTTPException):
        while len(received) < MAX_BYTES:
            more = response.read1(MAX_BYTES - len(received))
            if not more:
                break
            received += more
    named = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, named, received)


def _left(deadline: float) -> float:
    """Seconds until then. Raises ``TimeoutError`` when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Wire:
    """A socket whose deadline is for all together: also for one that sends a byte now and then."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._connected = connected
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        for start in range(0, len(data), AT_ONCE):
            self._connected.settimeout(_left(self._deadline))
            self._connected.sendall(data[start : start + AT_ONCE])

    def makefile(self, mode: str) -> io.BufferedReader:
        del mode  # http.client reads bytes
        return io.BufferedReader(_Incoming(self._connected, self._deadline))

    def close(self) -> None:
        """The caller of ``_exchange`` closes."""


class _Incoming(io.RawIOBase):
    def __init__(self, connected: socket.socket, deadline: float) -> None:
        super().__init__()
        self._connected = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connected.settimeout(_left(self._deadline))
        return self._connected.recv_into(buffer)
