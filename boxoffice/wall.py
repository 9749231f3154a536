"""Which events a wall shows. A wall is a screen that nobody sits at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from boxoffice.selectors import watchable_events
from events.models import Event

# More could not be read from five meters: each has a quarter of the screen.
MAX_EVENTS = 4
# As many digits as a number of the database can have.
LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True)
class Choice:
    """The events to show, in the order in which they were named, and how many are left out, and why."""

    events: Sequence[Event]
    too_many: int
    unseen: int


def choose(user: User | AnonymousUser, named: Iterable[str]) -> Choice:
    """``named``: numbers of events as an address has them. Those that the person may not see are as if there were none."""
    texts = dict.fromkeys(text.strip() for text in named)
    numbers = dict.fromkeys(int(text) for text in texts if _is_number(text))
    seen = watchable_events(user).in_bulk(numbers)
    events = [seen[number] for number in numbers if number in seen]
    return Choice(
        events=events[:MAX_EVENTS],
        too_many=max(len(events) - MAX_EVENTS, 0),
        unseen=len(texts) - len(events),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
