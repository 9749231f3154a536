"""How the statement of a channel is read, and how its stock moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from allocations.models import Stock
from common.actor import SYSTEM, Actor
from events.models import Event
from tests.factories import Stage
from tests.proofs import execute
from transfers import services
from transfers.services import Wish
from transfers.statement.account import edges_of
from transfers.statement.lines import Reader, Statement, statement_of

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def read(
    stage: Stage,
    channel: str = "web",
    reader: Reader = Reader.VENUE,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Statement:
    event = Event.objects.select_related("venue").get(pk=stage.event.pk)
    own = stage.channels[channel]
    edges = edges_of(event.pk, own.pk, since, until)
    return statement_of(event, own, edges, reader, since=since, until=until, now=timezone.now())


def told(statement: Statement) -> list[tuple[str, int, int]]:
    """Kind, units and balance of each line of the first pool."""
    return [
        (one.change.kind.value, one.change.units, one.change.balance)
        for one in statement.pools[0].lines
    ]


def transfer(
    source: Stock, target: Stock, units: int, *, reason: str = "Slow", by: Actor = SYSTEM
) -> None:
    wish = Wish(source.pk, target.pk, units, reason)
    services.request(wish, by=by, now=timezone.now())


def at_moment(row: Stock, version: int, at: datetime) -> None:
    with unguarded():
        execute(
            "UPDATE allocations_movement SET at = %s WHERE stock_id = %s AND version = %s",
            *(str(at), row.pk, version),
        )


@contextmanager
def unguarded() -> Iterator[None]:
    """The ledger is append-only: only a test writes another past."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE allocations_movement DISABLE TRIGGER USER")
    yield
    execute("ALTER TABLE allocations_movement ENABLE TRIGGER USER")
