"""An event's counters as they are in the database now, with the set-up that fits them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from allocations.setup import EventSetup, setup_of
from allocations.unreported import Unreported

# Set-up and counters are read one after the other; a change in between makes them disagree.
ATTEMPTS = 5


class Numbers(NamedTuple):
    """A stock row's counters at one version."""

    version: int
    quantity: int
    held: int
    sold: int
    drawn: int

    @property
    def free(self) -> int:
        return self.quantity - self.held - self.sold


@dataclass(frozen=True, slots=True)
class Reading:
    """An event's counters in the database at one moment of the database's clock.

    ``unreported``: beside those of channels that report late, what they may have sold since.
    """

    config_version: int
    now: datetime
    counters: Mapping[int, Numbers]
    surroundings: str = ""
    unreported: Mapping[int, Unreported] = field(default_factory=dict)


class UnsettledError(Exception):
    """The event's set-up changed again and again while it was read."""


def read_counters(event_id: int) -> Reading | None:
    """All counters of an event in one statement; ``None`` when there is no such event."""
    with connection.cursor() as cursor:
        # The statement's own time stands before what it sees: the numbers are not older than it.
        cursor.execute(
            """
            SELECT config_version, allocations_surroundings(id), statement_timestamp(), ARRAY(
                SELECT ARRAY[id, version, quantity, held, sold, drawn]
                  FROM allocations_stock WHERE event_id = events_event.id
            ), (SELECT jsonb_agg(u) FROM allocations_unreportedsales u
                 WHERE u.event_id = events_event.id)
              FROM events_event WHERE id = %s
            """,
            [event_id],
        )
        record = cursor.fetchone()
    if record is None:
        return None
    config_version, surroundings, now, rows, unreported = record
    counters = {row[0]: Numbers(*row[1:]) for row in rows}
    estimates = {row["stock_id"]: Unreported.of_json(row) for row in json.loads(unreported or "[]")}
    return Reading(config_version, now, counters, surroundings, estimates)


def read_setup(event_id: int) -> tuple[EventSetup, Reading] | None:
    """An event's set-up and counters that fit together; ``None`` when there is no such event.

    Raises ``UnsettledError`` when they will not, ``Event.DoesNotExist`` when it has just gone.
    """
    for _attempt in range(ATTEMPTS):
        reading = read_counters(event_id)
        if reading is None:
            return None
        setup = setup_of(event_id, reading.config_version, reading.surroundings)
        same_rows = setup.rows.keys() == reading.counters.keys()
        if setup.is_as_of(reading.config_version, reading.surroundings) and same_rows:
            return setup, reading
    raise UnsettledError
