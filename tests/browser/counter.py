"""Events for browser tests: set up in the running system, sold over its API, and cut off."""

import json
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection

from playwright.sync_api import Page, WebSocketRoute

from tests.live import LiveSystem

HOSTILE = "<img src=x onerror=alert(1)>"
PASSWORD = "only-for-this-test"
PATIENCE_MS = 20_000

# Run in the system's own shell, once, which takes seconds: an event for each test, with two
# channels, a person, and a key that may sell.
EVENTS = 32
SET_UP = f"""
import itertools, json, time
from django.contrib.auth.models import Group
from django.db import transaction
from common.actor import SYSTEM
from partners.services import issue_key
import tests.factories as factories

factories._numbers = itertools.count(int(time.time() * 1000))
user = factories.make_user(password={PASSWORD!r}, is_staff=True)
user.groups.add(Group.objects.get(name="Box office"))
ticket, bundle, lot = "Ticket", {"Bundle " + HOSTILE!r}, {"Lot " + HOSTILE!r}
made = []
for number in range({EVENTS}):
    stage = factories.make_stage(
        name=f"Night {{number}} " + {HOSTILE!r},
        pools={{"GA": 500, lot: 40}},
        items={{ticket: {{"GA": 1}}, bundle: {{"GA": 1, lot: 1}}}},
        channels=("web", "agent"),
        give={{("GA", "web"): 400, (lot, "web"): 30}},
    )
    stage.draw("agent")
    user.venues.add(stage.event.venue)
    user.channels.add(*stage.channels.values())
    with transaction.atomic():
        key = issue_key(
            channel=stage.channels["web"], name="t", scopes=["read", "sell"], by=SYSTEM, reason="t"
        )
    made.append(dict(
        event=stage.event.pk, name=stage.event.name, item=stage.items[ticket].pk,
        listing=stage.listing(ticket, "web").pk, pool=stage.pools["GA"].pk,
        email=user.email, secret=key.secret,
    ))
print("FOUND" + json.dumps(made))
"""


@dataclass(frozen=True, slots=True)
class Counter:
    """An event on sale in the running system, and what is needed to sell and to watch it."""

    system: LiveSystem
    event: int
    name: str
    item: int
    listing: int
    pool: int
    email: str
    secret: str

    @property
    def address(self) -> str:
        return f"{self.system.web_url}/board/{self.event}/"

    def sell(self, quantity: int = 1) -> float:
        """Sell over the API as a partner's program would; returns the seconds it took."""
        order = {
            "event": self.event,
            "lines": [{"item": self.item, "quantity": quantity}],
            "confirm": True,
        }
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        connection = HTTPConnection("127.0.0.1", self.system.web_port, timeout=15)
        with closing(connection):
            started = time.perf_counter()
            connection.request("POST", "/api/v1/bookings/", json.dumps(order), headers)
            response = connection.getresponse()
            answer = response.read()
            seconds = time.perf_counter() - started
        assert response.status == 201, answer
        return seconds

    def available(self) -> int:
        """What the same program reads over the API."""
        connection = HTTPConnection("127.0.0.1", self.system.web_port, timeout=15)
        with closing(connection):
            connection.request(
                "GET",
                f"/api/v1/events/{self.event}/availability/",
                headers={"Authorization": f"Bearer {self.secret}"},
            )
            items = json.loads(connection.getresponse().read())["items"]
        return next(int(item["sellable"]) for item in items if item["id"] == self.item)


@dataclass
class Wire:
    """The way between a page and the live server, which a test may cut."""

    cut_off: bool = False
    sockets: list[WebSocketRoute] = field(default_factory=list)

    def connect(self, socket: WebSocketRoute) -> None:
        if self.cut_off:
            socket.close(code=1012)
            return
        socket.connect_to_server()
        self.sockets.append(socket)

    def cut(self) -> None:
        self.sockets[-1].close(code=1012)


def set_up(system: LiveSystem) -> list[Counter]:
    printed = system.manage("shell", "-v0", "-c", SET_UP)
    return [Counter(system=system, **one) for one in json.loads(printed.rpartition("FOUND")[2])]


def sign_in(page: Page, counter: Counter) -> None:
    page.goto(counter.address)
    page.fill("[name=username]", counter.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(counter.address)
