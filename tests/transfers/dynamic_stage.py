"""A dynamic plan of a fast channel and a slow one, with the sales of some days behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from allocations.plans import services as plans
from allocations.plans.spec import Line, PlanSpec
from common.actor import SYSTEM
from tests.factories import Stage, make_stage
from tests.proofs import execute

FLOOR = 20


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What is sold in the block was sold then: movements are dated by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM allocations_movement")
        last = cursor.fetchone()[0]
    yield
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE allocations_movement DISABLE TRIGGER allocations_movement_append_only")
    execute("UPDATE allocations_movement SET at = %s WHERE id > %s", str(moment), last)
    execute("ALTER TABLE allocations_movement ENABLE TRIGGER allocations_movement_append_only")
    execute("SET CONSTRAINTS ALL DEFERRED")


def stage(hours: float = 96, *, is_dynamic: bool = True) -> Stage:
    """Website and hotel have 100 each, since four days; so many hours before the event."""
    now = timezone.now()
    with at(now - timedelta(days=4)):
        found = make_stage(
            pools={"GA": 200},
            channels=("web", "hotel"),
            give={},
            starts_at=now + timedelta(hours=hours),
            sales_until=now + timedelta(hours=hours),
        )
        lines = [
            Line(channel_id=one.pk, units=100, is_dynamic=is_dynamic, floor=FLOOR)
            for one in found.channels.values()
        ]
        plans.apply_plan(
            pool=found.pools["GA"], spec=PlanSpec(lines=lines), by=SYSTEM, reason="Plan", now=now
        )
    return found


def sell(found: Stage, count: int, channel: str, hours_ago: float) -> None:
    with at(timezone.now() - timedelta(hours=hours_ago)):
        found.sell([("Ticket", count)], channel=channel)


def busy(found: Stage) -> None:
    """The website sells nearly one an hour, the hotel one a day."""
    for day in range(3, -1, -1):
        for part in range(4):
            sell(found, 5, "web", 24 * day + 20 - 5 * part)
        sell(found, 1, "hotel", 24 * day + 2)
