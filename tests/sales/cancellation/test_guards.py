"""What the database refuses of a cancellation and of what is settled."""

import pytest

from sales.enums import Fate
from sales.models import ChannelSettlement
from tests.factories import Stage
from tests.proofs import execute, violates
from tests.sales.cancellation.cancelling import cancel

pytestmark = pytest.mark.django_db


def settlement(stage: Stage, **values: object) -> ChannelSettlement:
    stage.hold()
    stage.sell()
    cancelled = cancel(stage, web=Fate.REFUND)
    found = cancelled.settlements.get()
    for name, value in values.items():
        setattr(found, name, value)
    return found


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("settlement_fate_known", {"fate": "BURN"}),
        ("settlement_releases_what_was_held", {"released": 2}),
        ("settlement_refunds_what_was_decided", {"refunded": 2}),
        ("settlement_refunds_what_was_decided", {"fate": "KEEP", "refunded": 1}),
    ],
)
def test_a_settlement_counts_no_more_than_was_decided(
    stage: Stage, constraint: str, values: dict[str, object]
) -> None:
    changed = settlement(stage, **values)
    with violates(constraint):
        changed.save()


def test_a_channel_is_settled_once(stage: Stage) -> None:
    twice = settlement(stage, pk=None)
    with violates("settlement_once_per_channel"):
        twice.save()


def test_settling_ends_after_the_decision(stage: Stage) -> None:
    cancelled = cancel(stage)
    with violates("cancellation_finished_after_decided"):
        execute(
            "UPDATE sales_eventcancellation SET finished_at = decided_at - interval '1 s'"
            " WHERE id = %s",
            cancelled.pk,
        )
