"""What the tests of late sales share: a kiosk that is offline at times, with its leases and its reports."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from allocations.enums import Connectivity
from allocations.models import UnreportedSales
from common.actor import SYSTEM
from offline import leases
from offline.leases import LeaseOrder
from offline.models import Sync
from offline.reports import ReturnReport, SaleReport, SyncResultJson
from offline.sync import sync
from sales.models import Block
from sales.orders import OrderLine
from tests.factories import Lines, Stage, make_stage

SOLD_AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def make_kiosk(units: int = 10, channels: Sequence[str] = ("web",), **stage: Any) -> Stage:
    """A stage of which all channels are offline at times."""
    made = make_stage(**{"pools": {"GA": units}, "channels": channels} | stage)
    for channel in made.channels.values():
        channel.connectivity = Connectivity.OFFLINE
        channel.save()
    return made


def take_lease(
    stage: Stage, lines: Lines = (("Ticket", 5),), channel: str = "web", **order: Any
) -> Block:
    values: dict[str, Any] = {"terminal": "Kiosk 1"} | order
    answer = leases.take(
        LeaseOrder(
            stage.event.pk,
            stage.channels[channel].pk,
            lines=[OrderLine(stage.items[item].pk, quantity) for item, quantity in lines],
            **values,
        ),
        by=SYSTEM,
    )
    return Block.objects.get(uuid=answer.data["id"])


def sale(
    stage: Stage, client_id: str, quantity: int = 1, item: str = "Ticket", price: str | None = None
) -> SaleReport:
    line = OrderLine(stage.items[item].pk, quantity, None if price is None else Decimal(price))
    said = {"client_id": client_id, "quantity": quantity}
    return SaleReport(client_id, said, SOLD_AT, lines=[line])


def give_back(client_id: str, of: str, tickets: Mapping[int, int] | None = None) -> ReturnReport:
    said: dict[str, object] = {"client_id": client_id, "sale": of}
    if tickets is not None:
        said["lines"] = [{"item": item, "quantity": count} for item, count in tickets.items()]
    return ReturnReport(client_id, said, SOLD_AT, sale_client_id=of, tickets=tickets)


def report(
    stage: Stage,
    sales: Sequence[SaleReport] = (),
    returns: Sequence[ReturnReport] = (),
    *,
    lease: Block | None = None,
    channel: str = "web",
    **more: Any,
) -> list[SyncResultJson]:
    """Sync, and what became of each."""
    uuid: UUID | None = lease.uuid if lease is not None else None
    channel_id = stage.channels[channel].pk
    answer = sync(channel_id, sales, returns, lease=uuid, **{"by": SYSTEM} | more)
    results: list[SyncResultJson] = answer.data["results"]
    return results


def report_daily(stage: Stage, counts: Sequence[int], channel: str = "web") -> None:
    """A report each day, the last one twelve hours ago."""
    for number, count in enumerate(counts):
        sales = [sale(stage, f"{number}-{ticket}") for ticket in range(count)]
        report(stage, sales, channel=channel)
        ago = timedelta(days=len(counts) - 1 - number, hours=12)
        Sync.objects.filter(pk=Sync.objects.latest("pk").pk).update(
            received_at=timezone.now() - ago
        )


def unreported(stage: Stage, channel: str = "web", **numbers: Any) -> UnreportedSales:
    """As if so much had been estimated of what the channel has not reported."""
    high = numbers.get("high", 0)
    values: dict[str, Any] = {
        "about": high,
        "low": 0,
        "high": high,
        "at_risk": high,
        "reported_at": timezone.now(),
    }
    values |= {"event": stage.event, "channel": stage.channels[channel], **numbers}
    estimate, _ = UnreportedSales.objects.update_or_create(
        stock=stage.row(channel=channel), defaults=values
    )
    return estimate


def outcomes(results: Sequence[SyncResultJson]) -> list[str]:
    return [result["result"] for result in results]


def notes(result: SyncResultJson) -> list[str]:
    return [note["code"] for note in result["notes"]]
