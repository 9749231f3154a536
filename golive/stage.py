"""What the checks of a run share: the event, its rehearsal, and a key of the checklist's own for each channel."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection

from django.db import transaction
from django.utils import timezone

from allocations.models import SalesChannel
from common.actor import Actor
from common.history import update_because
from events.models import Event, Item
from golive.client import Answer, Site
from golive.rehearsal import REASON, Rehearsal, channels_of, rehearse
from golive.removal import remove
from partners.enums import Scope
from partners.services import issue_key

KEY_LASTS = timedelta(minutes=15)
SCOPES = (Scope.READ, Scope.SELL, Scope.SYNC)


@dataclass(frozen=True, slots=True)
class Stage:
    """``channels`` are the event's own, by kind and name; ``secrets`` those of the keys of their copies, by their ids."""

    event: Event
    rehearsal: Rehearsal
    channels: tuple[SalesChannel, ...]
    secrets: Mapping[int, str]
    site: Site
    now: datetime
    # Raises when the run shall stop; asked between the steps of a check, and while one waits.
    go_on: Callable[[], None]

    @property
    def copy(self) -> Event:
        return self.rehearsal.event

    def copy_of(self, channel: SalesChannel) -> SalesChannel:
        return self.rehearsal.channels[channel.pk]

    def availability(self, channel: SalesChannel) -> Answer:
        """What the copy of a channel can sell, as its program is told. Raises ``UnreachableError``."""
        return self.site.get(f"/events/{self.copy.pk}/availability/", self.secrets[channel.pk])

    def book(self, channel: SalesChannel, item: int, quantity: int, **fields: object) -> Answer:
        """A hold, unless ``fields`` say more. Raises ``UnreachableError``."""
        body = self._booking(item, quantity) | fields
        return self.site.post("/bookings/", self.secrets[channel.pk], body)

    def sell_on(
        self, connection: HTTPConnection, channel: SalesChannel, item: int, quantity: int
    ) -> Answer:
        """A sale by a connection that is open already. Raises ``UnreachableError``."""
        body = json.dumps(self._booking(item, quantity) | {"confirm": True}).encode()
        secret = self.secrets[channel.pk]
        return self.site.ask(connection, "POST", "/bookings/", secret, body, "application/json")

    def _booking(self, item: int, quantity: int) -> dict[str, object]:
        """Of the list price; a channel with free prices asks the same."""
        return {"event": self.copy.pk, "lines": [{"item": item, "quantity": quantity}]}

    def lift_maxima(self) -> None:
        """Let one booking have any number, once it was shown that none has more than its items allow."""
        with transaction.atomic():
            items = list(Item.objects.filter(event=self.copy).exclude(max_per_booking=None))
            for item in items:
                item.max_per_booking = None
            update_because(items, REASON, by=Actor(), fields=("max_per_booking",))


@contextmanager
def set_stage(
    event: Event, *, by: Actor, go_on: Callable[[], None] = lambda: None
) -> Iterator[Stage]:
    """A rehearsal with its keys, while the block runs. Raises as ``rehearse``, and what ``go_on`` raises."""
    now = timezone.now()
    rehearsal = rehearse(event, by=by, now=now)
    try:
        yield Stage(
            event,
            rehearsal,
            tuple(channels_of(event)),
            _keys(rehearsal, by, now),
            Site(),
            now,
            go_on,
        )
    finally:
        remove(rehearsal.venue_id)


def _keys(rehearsal: Rehearsal, by: Actor, now: datetime) -> dict[int, str]:
    """They go with the rehearsal, and end by themselves where nobody removes it."""
    with transaction.atomic():
        return {
            original: issue_key(
                channel=copy,
                name=REASON,
                scopes=SCOPES,
                by=by,
                reason=REASON,
                expires_at=now + KEY_LASTS,
            ).secret
            for original, copy in rehearsal.channels.items()
        }
