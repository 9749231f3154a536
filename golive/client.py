"""The running system as a program outside sees it: by its public address, over HTTP and WebSocket."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event as Signal
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from common.live_address import live_address_for

SECONDS = 10.0
BOUNDARY = "finlo-go-live"


class UnreachableError(Exception):
    """There was no whole answer; the text names the address and says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, Any]
    seconds: float

    @property
    def code(self) -> str:
        """Of a problem, the name that programs go by."""
        return str(self.body.get("code", ""))

    @property
    def words(self) -> str:
        """Status and sentence, for people."""
        detail = self.body.get("detail") or self.body.get("title") or ""
        return f"{self.status} {self.code} {detail}".strip()


class Site:
    """The REST API behind the site's public address. ``secret`` is that of a key, and never in a text."""

    def __init__(self, address: str = "") -> None:
        self.address = address or settings.PUBLIC_URL
        self._parts = urlsplit(self.address)

    def get(self, path: str, secret: str) -> Answer:
        return self.call("GET", path, secret)

    def post(self, path: str, secret: str, body: object) -> Answer:
        return self.call("POST", path, secret, json.dumps(body).encode(), "application/json")

    def post_file(self, path: str, secret: str, name: str, content: str) -> Answer:
        """A form with a file, booked as soon as it is checked."""
        lines = [
            f"--{BOUNDARY}",
            'Content-Disposition: form-data; name="book"',
            *("", "true", f"--{BOUNDARY}"),
            f'Content-Disposition: form-data; name="file"; filename="{name}"',
            *("Content-Type: text/csv", "", content, f"--{BOUNDARY}--", ""),
        ]
        form = f"multipart/form-data; boundary={BOUNDARY}"
        return self.call("POST", path, secret, "\r\n".join(lines).encode(), form)

    def call(
        self, method: str, path: str, secret: str, body: bytes | None = None, kind: str = ""
    ) -> Answer:
        """Raises ``UnreachableError``."""
        with self.connection() as connection:
            return self.ask(connection, method, path, secret, body, kind)

    @contextmanager
    def connection(self) -> Iterator[HTTPConnection]:
        """Open, so that what is asked next goes out at once. Raises ``UnreachableError``."""
        encrypted = self._parts.scheme == "https"
        make = HTTPSConnection if encrypted else HTTPConnection
        connection = make(self._parts.hostname or "", self._parts.port, timeout=SECONDS)
        try:
            connection.connect()
            yield connection
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()

    def ask(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        secret: str,
        body: bytes | None = None,
        kind: str = "",
    ) -> Answer:
        """Raises ``UnreachableError``."""
        headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": kind, "Idempotency-Key": str(uuid.uuid4())}
        begun = time.monotonic()
        try:
            connection.request(method, f"{self._parts.path}/api/v1{path}", body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from None
        return Answer(response.status, _parsed(content), time.monotonic() - begun)

    def _unreachable(self, error: Exception) -> UnreachableError:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return UnreachableError(f"{self.address} does not answer: {why}.")


def _parsed(content: bytes) -> Mapping[str, Any]:
    """A page of somebody else's is no answer of ours."""
    with suppress(ValueError):
        parsed = json.loads(content)
        if isinstance(parsed, dict):
            return parsed
    return {}


@dataclass(slots=True)
class Screen:
    """An event's board, watched as the page of the board watches it. Use ``watch``."""

    address: str
    # Listing → the count that it shows; with each change the moment, by the monotonic clock.
    counts: dict[int, int] = field(default_factory=dict)
    listings: dict[tuple[int, int], int] = field(default_factory=dict)  # (item, channel) → listing
    changed: Signal = field(default_factory=Signal)
    is_live: bool = False
    failure: str = ""

    def shows(self, item: int, channel: int) -> int | None:
        """The count of a listing; ``None`` while none is shown."""
        return self.counts.get(self.listings.get((item, channel), 0))

    def wait_for(self, item: int, channel: int, count: int, seconds: float) -> float | None:
        """How long it took to show this count; ``None`` when it did not in time."""
        begun = time.monotonic()
        while (left := begun + seconds - time.monotonic()) > 0:
            self.changed.clear()
            if self.shows(item, channel) == count:
                return time.monotonic() - begun
            self.changed.wait(left)
        return None

    def take(self, text: str | bytes) -> None:
        message = json.loads(text)
        self.is_live = bool(message.get("live"))
        for row in message.get("listings", ()):
            if "item" in row:
                self.listings[row["item"], row["channel"]] = row["listing"]
            self.counts[row["listing"]] = row["sellable"]
        self.changed.set()


@contextmanager
def watch(site: Site, event_id: int, secret: str) -> Iterator[Screen]:
    """A screen of the event while the block runs; its ``failure`` says why there is none."""
    address = f"{live_address_for(site.address)}/ws/events/{event_id}/"
    screen = Screen(address)
    headers = {"Authorization": f"Bearer {secret}"}
    with ExitStack() as stack:
        try:
            socket = stack.enter_context(
                connect(address, additional_headers=headers, open_timeout=SECONDS, proxy=None)
            )
        except (OSError, WebSocketException) as error:
            screen.failure = f"{address} does not answer: {str(error) or type(error).__name__}."
            yield screen
            return
        reader = Thread(target=_read, args=(socket, screen), daemon=True)
        reader.start()
        screen.changed.wait(SECONDS)  # the snapshot
        yield screen
    reader.join(SECONDS)


def _read(socket: ClientConnection, screen: Screen) -> None:
    try:
        for text in socket:
            screen.take(text)
    except (OSError, WebSocketException) as error:
        screen.failure = f"{screen.address} has closed: {error}."
        screen.changed.set()
