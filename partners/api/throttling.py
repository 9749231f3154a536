"""So many requests a second for each caller and process: generous, and never asking anybody.

It keeps one runaway program from taking every thread. What is promised about stock does not
rest on it, so each process counts for itself.
"""

import time
from threading import Lock
from typing import cast

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from partners.api.callers import Caller

# A caller that was quiet may send as much at once as in two seconds of steady use.
BURST_SECONDS = 2.0
MAX_CALLERS = 10_000


class Buckets:
    """A token bucket for each name."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._size = rate * BURST_SECONDS
        self._left: dict[str, tuple[float, float]] = {}  # name → tokens, and when that was
        self._guard = Lock()

    def take(self, name: str, now: float) -> float:
        """Take a token. Returns 0, or the seconds until there is one again."""
        with self._guard:
            if len(self._left) >= MAX_CALLERS and name not in self._left:
                self._left.clear()
            tokens, then = self._left.get(name, (self._size, now))
            tokens = min(self._size, tokens + (now - then) * self.rate)
            allowed = tokens >= 1
            self._left[name] = (tokens - allowed, now)
        return 0.0 if allowed else (1 - tokens) / self.rate


_buckets = Buckets(settings.API_REQUESTS_PER_SECOND)


class CallerThrottle(BaseThrottle):
    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        del view
        self._wait = _buckets.take(cast("Caller", request.auth).scope, time.monotonic())
        return not self._wait

    def wait(self) -> float:
        return self._wait
