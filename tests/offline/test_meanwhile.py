"""What happens to an event between a lease and its sync: what the terminal has sold meanwhile has its tickets."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from allocations.postponing import postpone_event
from allocations.stop_sell import stop_selling
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from sales.limits import set_item_limit
from tests.allocations.plans.specs import apply, line
from tests.factories import Stage
from tests.offline.selling import make_kiosk, outcomes, report, sale, take_lease
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db


def cut_the_limit(stage: Stage) -> None:
    with transaction.atomic():
        set_item_limit(item=stage.items["Ticket"], limit=5, by=SYSTEM, reason="test")


def stop_the_channel(stage: Stage) -> None:
    with transaction.atomic():
        stop_selling(target=stage.channels["web"], by=SYSTEM, reason="test")


def replace_the_plan(stage: Stage) -> None:
    apply(stage, line(stage, "web", 5), line(stage, "agent", 5))


def end(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(starts_at=timezone.now() - timedelta(days=3))


def close(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.CLOSED)


def postpone(stage: Stage) -> None:
    with transaction.atomic():
        postpone_event(
            event_id=stage.event.pk,
            starts_at=stage.event.starts_at + timedelta(days=7),
            by=SYSTEM,
            reason="storm",
            now=timezone.now(),
        )


@pytest.mark.parametrize(
    ("happen", "notes"),
    [
        (cut_the_limit, []),
        (stop_the_channel, ["STOP_SELL"]),
        (replace_the_plan, []),
        (end, ["OUTSIDE_SALES_WINDOW"]),
        (close, ["NOT_ON_SALE"]),
        (postpone, []),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_was_sold_from_the_lease_is_booked(
    happen: Callable[[Stage], None], notes: list[str]
) -> None:
    stage = make_kiosk(10, channels=("web", "agent"))
    lease = take_lease(stage, [("Ticket", 5)])
    happen(stage)
    results = report(stage, [sale(stage, f"S{number}") for number in range(5)], lease=lease)
    assert outcomes(results) == ["ACCEPTED"] * 5
    assert [note["code"] for note in results[0]["notes"]] == notes
    assert (lease.lines.get().left, stage.counters().sold) == (0, 5)
    assert_reconciled()
