"""A what-if of one event's season: 5,000 buyers, two plans, 200 seeds, worked out by the system's own worker."""

import os
import time
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from alerts.services import begin_venues
from allocations import services as allocations
from allocations.enums import Audience, ChannelKind, ChannelPlace, Strategy
from allocations.models import SalesChannel
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Component, Event, Item, Venue
from planning.enums import RunState
from planning.models import WhatIfRun
from planning.whatif import services
from planning.whatif.plans import Choice
from planning.whatif.simulation import prepare
from transfers.models import TransferRule

SEEDS = 200
BUYERS = 5_000
CHANNELS = {
    "Website": (ChannelKind.DIRECT, ChannelPlace.WEBSITE, 1000, 34),
    "App": (ChannelKind.DIRECT, ChannelPlace.MOBILE_APP, 1000, 24),
    "Box office": (ChannelKind.PHYSICAL, ChannelPlace.BOX_OFFICE, 1100, 10),
    "Travel agent": (ChannelKind.PARTNER, ChannelPlace.TRAVEL_AGENT, 900, 14),
    "Marketplace": (ChannelKind.THIRD_PARTY, ChannelPlace.MARKETPLACE, 850, 12),
    "Hotel": (ChannelKind.THIRD_PARTY, ChannelPlace.HOTEL, 950, 6),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """``buyers``: of one seed. ``moves``: transfers of one run of the dynamic plan."""

    seconds: float
    buyers: int
    moves: int
    load: float

    @property
    def runs_a_second(self) -> float:
        return 2 * SEEDS / self.seconds


def measure() -> Measured:
    """From the start of a run until its last seed is written, as whoever waits for it sees it."""
    run = _start()
    load = os.getloadavg()[0]
    began = time.perf_counter()
    while run.is_running:
        time.sleep(0.2)
        run.refresh_from_db()
    seconds = time.perf_counter() - began
    if run.state != RunState.DONE:
        message = f"The run is {run.state}: {run.message}"
        raise RuntimeError(message)
    first = run.chunks.order_by("first")[0].results[0]
    return Measured(seconds, len(prepare(run).demand.of_seed(0)), first[0]["transfers"], load)


@transaction.atomic
def _start() -> WhatIfRun:
    event, channels = _event()
    # Two tickets and a bit are what a buyer of a curve takes.
    demand = {
        "kind": "CURVE",
        "shape": "AUDIENCE",
        "tickets": round(BUYERS * 2.15),
        "shares": {str(channel.pk): CHANNELS[channel.name][3] for channel in channels},
    }
    user = User.objects.create_user(email="what-if@example.com", name="What-if")
    return services.start(
        event=event,
        demand=demand,
        sides=[Choice(Strategy.DYNAMIC.value), Choice(Strategy.PRIORITY.value)],
        user=user,
        seeds=SEEDS,
    )


def _event() -> tuple[Event, list[SalesChannel]]:
    """Nine thousand tickets for ten thousand that are asked for, and a rule that moves what does not sell."""
    venue = Venue.objects.create(name="What-if", slug="what-if")
    begin_venues([venue])
    event = Event.objects.create(
        venue=venue,
        name="Season",
        status=EventStatus.ON_SALE,
        sales_from=timezone.now() - timedelta(days=15),
        starts_at=timezone.now() + timedelta(days=30),
    )
    pool = allocations.add_pool(event=event, name="Hall", capacity=9_000, by=SYSTEM)
    item = Item.objects.create(event=event, name="Ticket")
    Component.objects.create(item=item, pool=pool)
    channels = []
    for number, (name, (kind, place, price, _share)) in enumerate(CHANNELS.items()):
        channel = SalesChannel.objects.create(
            venue=venue,
            name=name,
            code=f"channel-{number}",
            kind=kind,
            place=place,
            audience=Audience.PLANNER if number % 3 else Audience.IMPULSE,
        )
        allocations.list_item(item=item, channel=channel, price=Decimal(price))
        channels.append(channel)
    TransferRule.objects.create(venue=venue, name="90 % against 30 %", max_per_run=100)
    return event, channels
