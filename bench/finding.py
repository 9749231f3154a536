"""Find anything over a large house: how long each answer takes while somebody types, prefix by prefix."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from bench.load import Client
from bench.pages import House, manager_and_superuser, session_of
from bench.screens import percentile
from sales.models import Booking

FIND = "/admin/find/"


@dataclass(frozen=True, slots=True)
class Typing:
    """Milliseconds of each answer over HTTP, and which was asked for."""

    who: str
    taken: list[tuple[float, str]]

    def percentile(self, share: float) -> float:
        return percentile([took / 1000 for took, _typed in self.taken], share)

    @property
    def slowest(self) -> tuple[float, str]:
        return max(self.taken)


def measure(url: str, house: House) -> list[Typing]:
    """As the manager of one venue among many, and as a superuser; the first round warms and is not counted."""
    manager, superuser = manager_and_superuser(house, "find")
    typed = list(_prefixes(house))
    runs = []
    for who, user in (("of one venue", manager), ("superuser", superuser)):
        client, cookie = Client(url), session_of(user)
        taken = []
        for turn in range(3):
            for text in typed:
                began = time.perf_counter()
                path = f"{FIND}?{urlencode({'typed': text})}"
                status, _body = client.call("GET", path, f"Cookie: sessionid={cookie}\r\n")
                if turn:
                    taken.append((1000 * (time.perf_counter() - began), text))
                if status != HTTPStatus.OK:
                    message = f"{text!r} answered {status}."
                    raise RuntimeError(message)
        runs.append(Typing(who, taken))
    return runs


def _prefixes(house: House) -> Iterator[str]:
    """What is typed to find one of each kind, from the first letter on."""
    booking = Booking.objects.latest("pk")
    for text in (
        f"show {house.house} {house.events // 2}",
        f"hall {house.house} 7",
        str(booking),
        f"REF-{house.bookings // 3}",
        "website hall",
        "adult with parking show 77",
        "stop selling website",
        "put on sale show 42",
        "low stock show",
        "bench",
        "sell-through",
        "nothing is called so",
    ):
        yield from (text[:length] for length in range(1, len(text) + 1))
