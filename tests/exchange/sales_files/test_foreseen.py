"""What a dry run says cannot be had is what has no stock when the file is booked."""

from random import Random

import pytest
from django.db import transaction

from allocations.selectors import Wish, shortfalls
from common.actor import SYSTEM
from exchange.sales_files.booking import pending_series
from offline.models import Conflict
from sales.limits import set_item_limit
from tests.exchange.sales_files.files import csv, make_marketplace, read, row, take
from tests.factories import Stage
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db

ITEMS = {"Ticket": {"GA": 1}, "Family": {"GA": 4}, "Bundle": {"GA": 1, "Car park": 1}}


def make_stage_of_all_bounds() -> Stage:
    """Own units, an open row up to a ceiling, a pool of its own that ends early, and a limit."""
    stage = make_marketplace(
        pools={"GA": 30, "Car park": 4},
        items=ITEMS,
        give={("GA", "web"): 8, ("Car park", "web"): 4},
    )
    stage.draw(ceiling=25)
    with transaction.atomic():
        set_item_limit(item=stage.items["Family"], limit=3, by=SYSTEM, reason="test")
    return stage


@pytest.mark.parametrize("seed", range(8))
def test_what_is_foreseen_is_what_comes(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    stage = make_stage_of_all_bounds()
    content = csv(
        [
            row(f"A-{number}", random.randint(1, 4), item=random.choice(list(ITEMS)))
            for number in range(14)
        ]
    )
    wishes = [
        Wish(series.row, series.event_id, series.item_id, series.said)
        for series in pending_series(read(stage, content))
    ]
    foreseen = {shortfall.row for shortfall in shortfalls(stage.channels["web"].pk, wishes)}
    take(stage, content)
    assert {conflict.report.said["row"] for conflict in Conflict.objects.all()} == foreseen
    assert foreseen
    assert_reconciled()
