"""One channel that sells over the REST API, as a partner's program would."""

import json
import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 15
# What buyers do: most pay at once, some hold and pay, some hold and leave, a few want it back.
SELL, HOLD_AND_CONFIRM, HOLD_AND_LEAVE = 0.70, 0.18, 0.08


@dataclass(slots=True)
class Tally:
    """What has happened so far, over all sellers."""

    outcomes: Counter[str] = field(default_factory=Counter)
    tickets: int = 0
    seconds: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: str, *, tickets: int = 0, seconds: float | None = None) -> None:
        with self.lock:
            self.outcomes[outcome] += 1
            self.tickets += tickets
            if seconds is not None:
                self.seconds.append(seconds)

    def percentile(self, share: float) -> float:
        """The latency below which ``share`` of the bookings stayed, in milliseconds."""
        with self.lock:
            ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class Api:
    """A connection that is kept open, with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        parts = urlsplit(base_url)
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = connect(parts.netloc, timeout=TIMEOUT_SECONDS)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """The status and the decoded answer. Raises ``OSError`` or ``HTTPException``."""
        headers = dict(self._headers)
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        content = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, f"/api/v1{path}", content, headers)
            response = self._connection.getresponse()
            payload = response.read()
        except (OSError, HTTPException):
            self._connection.close()  # the next call opens a new one
            raise
        answer = json.loads(payload) if payload else {}
        return response.status, answer if isinstance(answer, dict) else {}


class Seller(threading.Thread):
    """Sells at ``rate`` bookings a second until told to stop."""

    def __init__(
        self,
        api: Api,
        event_id: int,
        rate: float,
        tally: Tally,
        stop: threading.Event,
        seed: int,
    ) -> None:
        super().__init__(daemon=True)
        self._api = api
        self._event_id = event_id
        self._rate = rate
        self._tally = tally
        self._halt = stop
        self._chance = random.Random(seed)  # noqa: S311 - a simulation, not a secret

    def run(self) -> None:
        due = time.monotonic()
        while not self._halt.is_set():
            due += self._chance.expovariate(self._rate)
            if self._halt.wait(max(0.0, due - time.monotonic())):
                return
            try:
                self._sell()
            except (OSError, HTTPException) as error:
                self._tally.note(f"no answer: {type(error).__name__}")

    def _sell(self) -> None:
        item = self._pick()
        if item is None:
            self._tally.note("nothing to sell")
            return
        fate = self._chance.random()
        tickets = self._chance.choices((1, 2, 3, 4), (3, 5, 2, 2))[0]
        quantity = lawful(tickets, item["min_per_booking"], item["max_per_booking"])
        order = {
            "event": self._event_id,
            "lines": [{"item": item["id"], "quantity": quantity}],
            "confirm": fate < SELL,
        }
        started = time.perf_counter()
        status, answer = self._api.call("POST", "/bookings/", order)
        seconds = time.perf_counter() - started
        if status != 201:
            self._tally.note(str(answer.get("code", status)), seconds=seconds)
            return
        sold = fate < SELL
        self._tally.note("sold" if sold else "held", tickets=quantity * sold, seconds=seconds)
        if sold:
            return
        booking = answer["id"]
        if fate < SELL + HOLD_AND_CONFIRM:
            status, answer = self._api.call("POST", f"/bookings/{booking}/confirm/", {})
            self._tally.note("confirmed", tickets=quantity)
        elif fate >= SELL + HOLD_AND_CONFIRM + HOLD_AND_LEAVE:
            self._api.call("POST", f"/bookings/{booking}/cancel/", {"reason": "changed my mind"})
            self._tally.note("released")

    def _pick(self) -> dict[str, Any] | None:
        """An item that the channel can sell now, as its availability says."""
        _status, answer = self._api.call("GET", f"/events/{self._event_id}/availability/")
        offered: list[dict[str, Any]] = [
            item for item in answer.get("items", ()) if item["sellable"] > 0
        ]
        if not offered:
            return None
        weights = [min(item["sellable"], 100) for item in offered]
        return self._chance.choices(offered, weights)[0]


def lawful(tickets: int, minimum: int, maximum: int | None) -> int:
    """As many as a buyer wants, within what the item allows in one booking."""
    enough = max(tickets, minimum)
    return enough if maximum is None else min(enough, maximum)
