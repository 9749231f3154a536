"""What tests of alerts stand on: rules of an event, sales of the past, teams with addresses."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from alerts.enums import AlertStatus, Kind, Pace, Per, Transport, Unit
from alerts.evaluation import stock
from alerts.models import Alert, AlertRule, AlertTeam, Endpoint, StockPace
from allocations.enums import StockKind
from allocations.models import Stock
from common.actor import SYSTEM
from sales import services as sales
from tests.factories import Stage, make_user
from tests.proofs import execute

OF_KIND: dict[Kind, dict[str, Any]] = {
    Kind.LOW_STOCK: {"per": Per.CHANNEL, "unit": Unit.UNITS, "threshold": 50},
    Kind.OVERSELL_RISK: {"threshold": 95},
    Kind.VELOCITY: {
        "threshold": 5,
        "window_minutes": 60,
        "pace": Pace.BOTH,
        "probability": 1e-6,
    },
    Kind.SELL_THROUGH_GAP: {"threshold": 80, "other_threshold": 20},
}
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def make_rule(stage: Stage, kind: Kind = Kind.LOW_STOCK, **fields: Any) -> AlertRule:
    """The event's rule of a kind, in place of the venue's: below 50 units of a channel, and the like."""
    values = {
        "venue": stage.event.venue,
        "event": stage.event,
        "name": f"{kind} of the event",
        "kind": kind,
        "cooldown_minutes": 0,
        **OF_KIND[kind],
    }
    return AlertRule.objects.create(**values | fields)


def venue_rule(stage: Stage, kind: Kind) -> AlertRule:
    """The one that the venue began with; of low stock that of a channel."""
    found = AlertRule.objects.filter(venue=stage.event.venue, event=None, kind=kind)
    return found.exclude(per=Per.POOL).get()


def team_of(stage: Stage, role: Role) -> AlertTeam:
    return AlertTeam.objects.get(venue=stage.event.venue, role=role)


def make_member(stage: Stage, role: Role, **fields: Any) -> User:
    """A person with a role at the venue."""
    person = make_user(**fields)
    person.venues.add(stage.event.venue)
    person.groups.add(Group.objects.get_or_create(name=role)[0])
    return person


def make_endpoint(team: AlertTeam, address: str = "desk@example.com", **fields: Any) -> Endpoint:
    values = {"transport": Transport.EMAIL, "address": address}
    return Endpoint.objects.create(team=team, **values | fields)


def standing(kind: Kind = Kind.LOW_STOCK) -> list[Alert]:
    return list(Alert.objects.filter(kind=kind).exclude(status=AlertStatus.RESOLVED))


def sell_before(
    stage: Stage, units: int, ago: timedelta, channel: str = "web", now: datetime | None = None
) -> None:
    """A sale so long ago: the ledger's own, with the movement's time set back."""
    stage.sell([("Ticket", units)], channel=channel)
    row = stage.row(channel=channel)
    last = row.movements.order_by("-version").values_list("pk", flat=True)[0]
    set_back([last], (now or timezone.now()) - ago)


def watch_since(stage: Stage, at: datetime) -> None:
    """As if the event had been looked at since then, and could sell from then on."""
    for row in Stock.objects.filter(event=stage.event, kind=StockKind.CHANNEL):
        values = {"version": row.version, "since": at, "shut_since": None}
        StockPace.objects.update_or_create(stock=row, defaults=values)


def set_back(movements: list[int], at: datetime) -> None:
    execute("ALTER TABLE allocations_movement DISABLE TRIGGER USER")
    execute("UPDATE allocations_movement SET at = %s WHERE id = ANY (%s)", at, movements)
    execute("ALTER TABLE allocations_movement ENABLE TRIGGER USER")


def look(after: timedelta = timedelta()) -> list[Alert]:
    return stock.evaluate_due(timezone.now() + after)


def refund(stage: Stage, booking: int | None) -> None:
    assert booking is not None
    sales.cancel(booking, by=SYSTEM, reason="test")
