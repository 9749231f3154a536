"""The events on the admin's first page that need somebody, the most urgent one first."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from alerts.enums import Per, Unit
from alerts.evaluation import stock
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from planning.attention import Need, PoolNow
from planning.selectors import events_by_urgency
from sales.limits import set_item_limit
from sales.selectors import units_sold_by_pool
from tests.alerts.staging import make_rule, standing
from tests.backoffice.overview.reading import INDEX, a_day_ago, id_of, page
from tests.factories import Stage, make_event, make_stage
from tests.planning.conftest import confirmed_at

pytestmark = pytest.mark.django_db


def test_a_pools_pace_is_in_its_units(manager: Client) -> None:
    stage = make_stage(
        pools={"GA": 100, "Car park": 10},
        items={"Ticket": {"GA": 1}, "Family": {"GA": 4, "Car park": 1}},
    )
    stage.sell((("Ticket", 4), ("Family", 2)))
    stage.hold((("Ticket", 5),))
    old = stage.sell((("Ticket", 7),))
    a_day_ago(id_of(old))
    venue = stage.event.venue
    assert units_sold_by_pool([venue], timezone.now() - timedelta(hours=24)) == {
        (stage.event.pk, stage.pools["GA"].pk): 12,
        (stage.event.pk, stage.pools["Car park"].pk): 2,
    }
    (found,) = events_by_urgency([venue], timezone.now())
    assert list(found.pools) == [
        PoolNow("GA", 100, 19, 5, 0.5),
        PoolNow("Car park", 10, 2, 0, 2 / 24),
    ]
    assert found.need == Need.NONE


def test_a_limit_is_not_counted_as_stock() -> None:
    stage = make_stage()
    with transaction.atomic():
        set_item_limit(item=stage.items["Ticket"], limit=50, by=SYSTEM, reason="test")
    stage.sell((("Ticket", 3),))
    (found,) = events_by_urgency([stage.event.venue], timezone.now())
    assert list(found.pools) == [PoolNow("GA", 100, 3, 0, 3 / 24)]


RULES: dict[str, tuple[dict[str, Any], bool]] = {
    "of the venue": ({}, False),
    "in units": ({"unit": Unit.UNITS, "threshold": 21}, True),
    "in units, at the threshold": ({"unit": Unit.UNITS, "threshold": 20}, False),
    "in percent": ({"unit": Unit.PERCENT, "threshold": "20.01"}, True),
    "in percent, at the threshold": ({"unit": Unit.PERCENT, "threshold": 20}, False),
    "of another pool": ({"unit": Unit.UNITS, "threshold": 21, "pool": "Car park"}, False),
    "that is off": ({"unit": Unit.UNITS, "threshold": 21, "is_active": False}, False),
}


@pytest.mark.parametrize("name", RULES)
def test_a_pool_is_nearly_sold_out_when_the_alert_rule_says_so(name: str) -> None:
    fields, is_low = RULES[name]
    stage = make_stage(pools={"GA": 100, "Car park": 50})
    stage.sell((("Ticket", 79),))
    stage.hold((("Ticket", 1),))
    confirmed_at(timezone.now() - timedelta(days=3))
    if fields:
        pool = stage.pools.get(fields.get("pool", ""))
        make_rule(stage, **fields | {"per": Per.POOL, "pool": pool})
    (found,) = events_by_urgency([stage.event.venue], timezone.now())
    assert (found.need == Need.NEARLY_GONE) is is_low
    stock.evaluate_due(timezone.now())
    assert bool(standing()) is is_low


def test_what_is_over_or_not_on_sale_needs_nobody(stage: Stage) -> None:
    venue, now = stage.event.venue, timezone.now()
    for fields in (
        {"status": EventStatus.DRAFT},
        {"status": EventStatus.CLOSED},
        {"starts_at": now - timedelta(days=2)},
        {"starts_at": now - timedelta(days=2), "ends_at": now - timedelta(minutes=1)},
    ):
        make_event(venue, **fields)
    runs = make_event(venue, starts_at=now - timedelta(days=2), ends_at=now + timedelta(minutes=1))
    found = events_by_urgency([venue], now)
    assert [one.event for one in found] == [runs, stage.event]


def test_an_event_far_ahead_is_judged_when_it_sells(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planning.selectors.MAX_NEXT", 1)
    venue = stage.event.venue
    make_event(venue, starts_at=timezone.now() + timedelta(days=1))
    assert stage.event not in [one.event for one in events_by_urgency([venue], timezone.now())]
    stage.sell((("Ticket", 95),))
    first = events_by_urgency([venue], timezone.now())[0]
    assert (first.event, first.need) == (stage.event, Need.SELLS_OUT)


def test_an_events_row_leads_to_it_and_to_its_board(manager: Client, stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(stop_reason="Storm & rain")
    (row,) = page(manager).rows
    for url in (row.url, row.board):
        assert manager.get(url).status_code == 200
    body = manager.get(INDEX).content.decode()
    assert "Stopped: Storm &amp; rain" in body
    assert f'href="{row.board}"' in body
