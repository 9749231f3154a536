"""What the tests of safety buffers share: an agent that reports by the day, and a website, on the same shared stock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from allocations.enums import Connectivity
from allocations.models import SalesChannel
from allocations.setup import EventSetup
from offline.buffer_moves import keep_buffers
from offline.buffer_reading import read_buffers
from offline.buffers import Buffer
from offline.models import Sync
from tests.factories import Stage, make_stage
from tests.offline.selling import report, sale
from transfers.models import Transfer

DAILY = (4, 3, 5, 4, 4, 3, 5, 4, 4, 5)


def make_shared(units: int = 400, **stage: Any) -> Stage:
    """Both channels draw on the whole of the pool."""
    made = make_stage(**{"pools": {"GA": units}, "channels": ("web", "agent"), "give": {}} | stage)
    for name in made.channels:
        made.draw(name)
    set_agent(made, connectivity=Connectivity.PERIODIC)
    return made


def set_agent(stage: Stage, **traits: Any) -> None:
    agent: SalesChannel = stage.channels["agent"]
    for name, value in traits.items():
        setattr(agent, name, value)
    agent.save()


def report_daily(
    stage: Stage, counts: Sequence[int] = DAILY, *, ends: timedelta | None = None
) -> None:
    """The agent reports each day, the last time a minute ago, or so long ago."""
    for index, count in enumerate(counts):
        report_now(stage, count)
        ago = timedelta(days=len(counts) - 1 - index) + (ends or timedelta(minutes=1))
        Sync.objects.filter(pk=Sync.objects.latest("pk").pk).update(
            received_at=timezone.now() - ago
        )


def report_now(stage: Stage, tickets: int) -> list[str]:
    """What became of each of so many sales of one ticket."""
    name = f"{Sync.objects.count()}"
    results = report(stage, [sale(stage, f"{name}-{n}") for n in range(tickets)], channel="agent")
    return [result["result"] for result in results]


def keep(after: timedelta = timedelta()) -> list[Transfer]:
    return keep_buffers(timezone.now() + after)


def look(stage: Stage, now: datetime | None = None) -> Buffer:
    setup = EventSetup.load(stage.event.pk)
    [buffer] = read_buffers(setup, [stage.channels["agent"].pk], now or timezone.now())
    return buffer


def free(stage: Stage) -> int:
    return stage.row(channel="agent").free
