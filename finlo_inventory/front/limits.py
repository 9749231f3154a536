"""How much a request may take of a web process before it is worked on."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes are bytes, times are seconds."""

    # One body. A few addresses take more, each with a limit of its own.
    body: int = 1_100_000
    bodies: Mapping[str, int] = field(default_factory=dict)
    # What all bodies together may hold before a further large one is refused.
    all_large_bodies: int = 64_000_000
    # A body has this long to come, and longer by what has come at the slowest lawful speed.
    body_seconds: float = 10
    slowest: int = 20_000
    # A connection may be silent so long before a request is whole but for its body, also between
    # two requests: a proxy closes those that it keeps before that.
    silent_seconds: float = 30
    # What was sent may stay unread so long.
    unread_seconds: float = 60
    # The address and all headers together; more than a hundred headers are refused as well.
    headers: int = 65_536
    # A request waits so long for a thread at most, and so many at once. The time is below the
    # second in which a refusal should come; the number only bounds memory.
    wait_seconds: float = 0.6
    waiting: int = 1_000

    def body_at(self, path: str) -> int:
        return self.bodies.get(path, self.body)
