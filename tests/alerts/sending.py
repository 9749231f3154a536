"""Messages that are due, and a worker that sends them."""

from datetime import datetime, timedelta
from typing import Any

from accounts.roles import Role
from alerts import delivery as sending
from alerts.enums import Kind, Purpose
from alerts.evaluation import stock
from alerts.models import Alert, AlertTeam, Delivery, Endpoint
from common.clock import database_now
from tests.alerts.staging import make_rule, team_of
from tests.factories import Stage, make_stage

DESK = "desk@example.com"
MINUTE = timedelta(minutes=1)
SLACK_PATH = "/services/T0001/B0001/verysecrettoken"


def low_stock(**rule: Any) -> tuple[Stage, AlertTeam, Alert]:
    """An alert, of which nobody has been told yet."""
    stage = make_stage()
    team = team_of(stage, Role.BOX_OFFICE)
    make_rule(stage, **rule)
    stage.sell([("Ticket", 60)])
    stock.evaluate_due(database_now())
    return stage, team, Alert.objects.get(event=stage.event, kind=Kind.LOW_STOCK)


def owe(endpoint: Endpoint, alert: Alert | None = None, **fields: Any) -> Delivery:
    """A delivery that is due."""
    values = {
        "purpose": Purpose.OPENED if alert else Purpose.TEST,
        "due_at": database_now() - MINUTE,
    }
    return Delivery.objects.create(endpoint=endpoint, alert=alert, **values | fields)


def work(now: datetime | None = None) -> int:
    """As a worker: until nothing is due; how many messages were tried."""
    count = 0
    while (found := sending.claim(now or database_now())) is not None:
        sending.deliver(found)
        count += bool(found.deliveries)
    return count


def again(delivery: Delivery) -> Delivery:
    delivery.refresh_from_db()
    return delivery
