"""The channel map and the alerts say of the same channels that they are not in contact."""

import random
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from alerts.enums import Kind
from alerts.kinds import KINDS
from alerts.models import AlertRule
from alerts.selectors import contacts_of
from allocations.enums import REPORTS_LATE, Connectivity, ContactKind
from allocations.models import ChannelContact, SalesChannel
from events.enums import EventStatus
from events.models import Event
from tests.alerts.staging import MINUTE, venue_rule
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept

pytestmark = pytest.mark.django_db

NAMES = tuple(f"channel {number}" for number in range(12))
MINUTES = (0, 29, 30, 59, 60, 61, 90, 1439, 1440, 9000)
SEEDS = range(12)


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=NAMES)


def vary(stage: Stage, seed: int) -> None:
    """Rules of the venue and of single channels, also such as are off; signs of life of any kind and age, or none."""
    dice = random.Random(seed)  # noqa: S311 - a random set-up, no secret
    now = timezone.now()
    rule = venue_rule(stage, Kind.SYNC_OVERDUE)
    chosen = dice.choice((30, 60, 90, 1440))
    AlertRule.objects.filter(pk=rule.pk).update(threshold=chosen, is_active=dice.random() < 0.8)
    for channel in stage.channels.values():
        connectivity = dice.choice(Connectivity.values)
        SalesChannel.objects.filter(pk=channel.pk).update(connectivity=connectivity)
        if dice.random() < 0.2:
            AlertRule.objects.create(
                venue=rule.venue,
                name=f"Of {channel}",
                kind=rule.kind,
                channel=channel,
                threshold=dice.choice((30, 90)),
                is_active=dice.random() < 0.7,
            )
        for kind in ContactKind:
            if dice.random() < 0.4:
                age = dice.choice(MINUTES) * MINUTE + timedelta(seconds=dice.choice((1, 20)))
                ChannelContact.objects.create(channel=channel, kind=kind, seen_at=now - age)
    if dice.random() < 0.2:
        Event.objects.update(status=EventStatus.PAUSED)


def expected(stage: Stage) -> set[int]:
    """As docs/alerts.md says it, without the database's function: the channels that a rule finds silent."""
    now = timezone.now()
    sells = Event.objects.get(pk=stage.event.pk).status == EventStatus.ON_SALE
    rules = AlertRule.objects.filter(
        venue=stage.event.venue, kind=Kind.SYNC_OVERDUE, is_active=True
    )
    silent = set()
    for channel in SalesChannel.objects.filter(venue=stage.event.venue):
        seen = ChannelContact.objects.filter(channel=channel).order_by("-seen_at").first()
        limits = [rule.threshold for rule in rules if rule.channel_id in (None, channel.pk)]
        if sells and seen and limits and channel.connectivity in REPORTS_LATE:
            minutes = (now - seen.seen_at).total_seconds() / 60
            silent |= {channel.pk} if minutes >= min(limits) else set()
    return silent


@pytest.mark.parametrize("seed", SEEDS)
def test_map_and_alerts_agree_on_who_is_silent(stage: Stage, seed: int) -> None:
    vary(stage, seed)
    now = timezone.now()
    alerted = {
        reading.channel_id
        for reading in KINDS[Kind.SYNC_OVERDUE].readings(now)
        if reading.holds and reading.venue_id == stage.event.venue_id
    }
    contacts = contacts_of([channel.pk for channel in stage.channels.values()], now)
    watched = set(
        SalesChannel.objects.filter(pk__in=contacts, connectivity__in=REPORTS_LATE).values_list(
            "pk", flat=True
        )
    )
    rules = AlertRule.objects.filter(
        venue=stage.event.venue, kind=Kind.SYNC_OVERDUE, is_active=True
    )
    of_all = rules.filter(channel=None).exists()
    watched &= watched if of_all else set(rules.values_list("channel_id", flat=True))
    assert alerted == expected(stage)
    assert alerted == {pk for pk in watched if contacts[pk].is_silent}


def test_the_map_shows_what_the_alert_says(stage: Stage) -> None:
    vary(stage, seed=3)
    AlertRule.objects.filter(kind=Kind.SYNC_OVERDUE).update(is_active=True)
    Event.objects.update(status=EventStatus.ON_SALE)
    SalesChannel.objects.update(connectivity=Connectivity.PERIODIC)
    now = timezone.now()
    alerted = {
        reading.channel_id for reading in KINDS[Kind.SYNC_OVERDUE].readings(now) if reading.holds
    }
    assert 0 < len(alerted) < len(NAMES)
    client = Client()
    client.force_login(make_user(is_superuser=True, is_staff=True))
    body = client.get(f"/admin/allocations/saleschannel/map/?venue={stage.event.venue_id}")
    cards = body.content.decode().split('<li class="map-card')[1:]
    assert len(cards) == len(NAMES)
    marked = {
        int(re.search(r"saleschannel/(\d+)/change", card)[1])  # type: ignore[index]
        for card in cards
        if "map-sign warn" in card
    }
    assert marked == alerted
