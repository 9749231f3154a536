"""Terminals that go out with a lease, and report later: what became of it stands under *Late sales*."""

from collections.abc import Callable
from datetime import datetime, timedelta

from common.actor import Actor
from common.clock import utc
from demo.backdate import Story
from demo.season.shapes import Outing
from demo.stage import Stage
from idempotency.answers import Answer
from offline import leases
from offline.leases import LeaseOrder
from offline.models import Conflict, Sync
from offline.reports import ReturnReport, SaleReport
from offline.sync import sync
from sales.models import Block, Booking
from sales.orders import OrderLine

# The clock of a terminal that nobody has set for a while.
AHEAD = timedelta(minutes=40)
# An item of a list that has been replaced since.
OLD_ITEM = 99_000_017


def go_out(stage: Stage, outing: Outing, by: Actor, at: datetime, story: Story) -> None:
    """Lease tickets for the terminal, as of ``at``."""
    channel = stage.channels[outing.channel]
    lines = [OrderLine(stage.items[outing.item].pk, outing.tickets)]
    with story.at(at):
        leases.take(LeaseOrder(stage.event.pk, channel.pk, outing.terminal, lines), by=by)
    expires = at + timedelta(hours=channel.longest_lease_hours)
    Block.objects.filter(event=stage.event, name=outing.terminal).update(
        created_at=at,
        updated_at=at,
        expires_at=expires,
        hands_back_at=expires + timedelta(minutes=channel.lease_grace_minutes),
    )


def come_back(
    stage: Stage,
    outing: Outing,
    by: Actor,
    at: datetime,
    story: Story,
    remember: Callable[[Booking], None],
) -> None:
    """Report what was sold, as of ``at``: a group too that there is no stock for, and what nobody can read."""
    channel = stage.channels[outing.channel]
    block = Block.objects.get(event=stage.event, name=outing.terminal)
    sales = _sales(stage, outing, at)
    first = sales[0].client_id
    number = f"{outing.prefix}-R1"
    said = {"client_id": number, "sale": first, "reason": outing.returned}
    returns = [ReturnReport(number, said, at + AHEAD, sale_client_id=first, reason=outing.returned)]
    with story.at(at):
        answer = sync(channel.pk, sales, returns, lease=block.uuid, by=by)
    _date(answer, at, remember)
    Block.objects.filter(pk=block.pk).update(updated_at=at)


def _date(answer: Answer, at: datetime, remember: Callable[[Booking], None]) -> None:
    booked = {result["booking"] for result in answer.data["results"]} - {None}
    for booking in Booking.objects.filter(uuid__in=booked).order_by("pk"):
        remember(booking)
    Sync.objects.filter(uuid=answer.data["id"]).update(received_at=at)
    Conflict.objects.filter(report__sync__uuid=answer.data["id"]).update(began_at=at)


def _sales(stage: Stage, outing: Outing, at: datetime) -> list[SaleReport]:
    item = stage.items[outing.item].pk
    [pool] = next(plan for plan in stage.plan.items if plan.name == outing.item).takes
    free = stage.rows(pool)[outing.channel].free
    left = outing.tickets - sum(outing.sold)
    lines = [(item, count) for count in outing.sold]
    lines += [(item, left + free + outing.beyond), (OLD_ITEM, 2)]
    apart = timedelta(hours=outing.out_hours_ago - outing.back_hours_ago) / len(lines)
    return [
        _sale(f"{outing.prefix}-{number:04}", at - apart * (len(lines) - number) + AHEAD, *line)
        for number, line in enumerate(lines, start=1)
    ]


def _sale(client_id: str, sold_at: datetime, item: int, quantity: int) -> SaleReport:
    said = {
        "client_id": client_id,
        "sold_at": utc(sold_at),
        "lines": [{"item": item, "quantity": quantity}],
    }
    return SaleReport(client_id, said, sold_at, lines=[OrderLine(item, quantity)])
