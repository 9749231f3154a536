"""Screens for tests: sockets on the real ASGI application, kept up to date as a client would."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any, Self, cast

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from finlo_inventory.asgi import application

PATIENCE = 15.0
Headers = list[tuple[bytes, bytes]]


def run(scenario: Coroutine[Any, Any, None]) -> None:
    """Run an asynchronous test in a loop of its own."""
    asyncio.run(scenario)


async def in_thread(work: Callable[[], Any]) -> Any:
    """Use the database as a web process would, beside the live server's loop."""
    return await database_sync_to_async(work, thread_sensitive=False)()


def session_of(user: User) -> str:
    """The key of a signed-in session."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    assert session.session_key is not None
    return session.session_key


def as_person(session: str, *, origin: str | None = "http://localhost:8000") -> Headers:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode()
    headers = [(b"host", b"localhost:8001"), (b"cookie", cookie)]
    return headers if origin is None else [*headers, (b"origin", origin.encode())]


def as_program(secret: str) -> Headers:
    return [(b"host", b"localhost:8001"), (b"authorization", f"Bearer {secret}".encode())]


class Mirror:
    """What a client makes of the messages: the last snapshot with all changes after it."""

    def __init__(self) -> None:
        self.snapshot: dict[str, Any] = {}
        self.status: dict[str, Any] = {}

    def apply(self, message: dict[str, Any]) -> None:
        self.status = {name: message[name] for name in ("live", "database", "as_of")}
        if message["type"] == "snapshot":
            self.snapshot = {
                **message,
                "rows": {row["stock"]: row for row in message["rows"]},
                "listings": {found["listing"]: found for found in message["listings"]},
            }
        elif message["type"] == "changes":
            for row in message["rows"]:
                known = self.snapshot["rows"][row["stock"]]
                if row["version"] > known["version"]:
                    known.update(row)
            for found in message["listings"]:
                self.snapshot["listings"][found["listing"]].update(found)

    @property
    def numbers(self) -> dict[str, Any]:
        """All but what every message carries."""
        heads = {"type", *self.status}
        return {name: value for name, value in self.snapshot.items() if name not in heads}

    def sellable(self, listing: int) -> int:
        return int(self.snapshot["listings"][listing]["sellable"])


class Socket:
    """An open socket. `code` is what it was closed with."""

    def __init__(self, path: str, headers: Headers) -> None:
        self._reads = asyncio.Event()
        self._reads.set()
        self._socket: Any = ApplicationCommunicator(  # type: ignore[no-untyped-call]
            self._application,
            {
                "type": "websocket",
                "path": path,
                "query_string": b"",
                "headers": headers,
                "subprotocols": [],
            },
        )
        self.texts: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self.code: int | None = None

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_if_read(message: dict[str, Any]) -> None:
            if message["type"] == "websocket.send":
                await self._reads.wait()
            await send(message)

        await application(scope, receive, send_if_read)

    def stops_reading(self) -> None:
        """From here on sending to the client takes for ever, as when its network is full."""
        self._reads.clear()

    def reads_again(self) -> None:
        self._reads.set()

    async def __aenter__(self) -> Self:
        assert await self.knock() == {"type": "websocket.accept"}
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._socket.wait(timeout=PATIENCE)

    async def knock(self) -> dict[str, Any]:
        """Ask to be let in; returns the first answer."""
        await self._socket.send_input({"type": "websocket.connect"})
        return cast("dict[str, Any]", await self._socket.receive_output(timeout=PATIENCE))

    async def hear(self) -> dict[str, Any] | None:
        """The next message; `None` when the socket has been closed."""
        output = await self._socket.receive_output(timeout=PATIENCE)
        if output["type"] == "websocket.close":
            self.code = output["code"]
            return None
        message: dict[str, Any] = json.loads(output["text"])
        self.texts.append(output["text"])
        self.messages.append(message)
        return message

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Listen until what has been heard satisfies the condition."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"still waiting until {what}"
            assert await self.hear() is not None, f"closed with {self.code}, waiting until {what}"

    async def closes(self) -> int:
        while await self.hear() is not None:
            pass
        assert self.code is not None
        return self.code

    async def say(self, text: str) -> None:
        await self._socket.send_input({"type": "websocket.receive", "text": text})


class Screen(Socket):
    """That of an event's board, kept up to date as a client would."""

    def __init__(self, event_id: object, headers: Headers) -> None:
        super().__init__(f"/ws/events/{event_id}/", headers)
        self.mirror = Mirror()

    async def hear(self) -> dict[str, Any] | None:
        message = await super().hear()
        if message is not None:
            self.mirror.apply(message)
        return message

    async def hears(self, kind: str) -> dict[str, Any]:
        """The next message of a kind."""
        count = len(self.messages)
        await self.until(
            lambda: any(found["type"] == kind for found in self.messages[count:]), f"a {kind}"
        )
        return self.messages[-1]


async def refused(event_id: object, headers: Headers) -> int:
    """The code with which a socket is closed before a single message."""
    screen = Screen(event_id, headers)
    async with screen:
        code = await screen.closes()
    assert screen.messages == []
    return code
