"""What each strategy comes to for those who sell over the API, each with a key of its own."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from allocations.enums import Closes, Draws, Opens, Strategy
from allocations.models import AllocationPlan, Movement
from allocations.plans.release import release_pool
from allocations.plans.spec import Group, Line, PlanSpec
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Counters, Stage, make_stage
from tests.kept import kept
from tests.partners.conftest import Api, assert_problem, key_for
from tests.proofs import assert_reconciled, nothing_changed

CHANNELS = ("web", "box", "agent", "hotel")

Apis = Mapping[str, Api]


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=CHANNELS, give={})


@kept
def apis(stage: Stage) -> Apis:
    return {name: Api(key_for(channel)) for name, channel in stage.channels.items()}


def put_in_force(stage: Stage, strategy: Strategy, *parts: Line | Group) -> AllocationPlan:
    plan = apply(stage, *parts)
    assert PlanSpec.read(plan).strategy == strategy
    return plan


def buy(api: Api, stage: Stage, tickets: int) -> Any:
    lines = [{"item": stage.items["Ticket"].pk, "quantity": tickets}]
    return api.post("/bookings/", {"event": stage.event.pk, "lines": lines, "confirm": True})


def told(api: Api, stage: Stage) -> tuple[int, str]:
    """What is said to be sellable, and what ends it."""
    [item] = api.get(f"/events/{stage.event.pk}/availability/").json()["items"]
    return item["sellable"], item["limited_by"]


def assert_sells_no_more_than(api: Api, stage: Stage, sellable: int, limited_by: str) -> None:
    """It is told so many, and refused one more with the same numbers."""
    assert told(api, stage) == (sellable, limited_by)
    with nothing_changed():
        refused = buy(api, stage, sellable + 1)
    problem = assert_problem(refused, 409, "SOLD_OUT", "lines[0].quantity")
    assert (problem["asked"], problem["sellable"], problem["limited_by"]) == (
        sellable + 1,
        sellable,
        limited_by,
    )


def assert_is_closed(api: Api, stage: Stage, code: str) -> None:
    """It has not sold out: it may not sell, and is told why in both places."""
    [item] = api.get(f"/events/{stage.event.pk}/availability/").json()["items"]
    assert (item["status"], item["sellable"], item["reason"]["code"]) == ("CLOSED", 0, code)
    refused = buy(api, stage, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, code)


def assert_sells_out(api: Api, stage: Stage, sellable: int, limited_by: str) -> None:
    """Not one more than it is told, and all of that."""
    assert_sells_no_more_than(api, stage, sellable, limited_by)
    assert buy(api, stage, sellable).status_code == 201
    assert told(api, stage)[0] == 0


def test_fixed_parts_and_partners_who_share_one(stage: Stage, apis: Apis) -> None:
    """30 % direct, 20 % box office, 50 % of the partners together."""
    put_in_force(
        stage,
        Strategy.FIXED,
        line(stage, "web", "30"),
        line(stage, "box", "20"),
        line(stage, "agent", group="Partners"),
        line(stage, "hotel", group="Partners"),
        group("Partners", "50"),
    )
    assert_sells_out(apis["web"], stage, 30, "stock")
    assert buy(apis["agent"], stage, 28).status_code == 201
    assert told(apis["hotel"], stage) == told(apis["agent"], stage) == (22, "open")
    assert buy(apis["hotel"], stage, 21).status_code == 201
    # Both want the last two: there is one.
    assert_sells_no_more_than(apis["agent"], stage, 1, "open")
    assert_sells_out(apis["hotel"], stage, 1, "open")
    assert_sells_no_more_than(apis["agent"], stage, 0, "open")
    assert stage.counters(channel="agent") == Counters(28, 0, 28, 28)
    assert stage.counters(channel="hotel") == Counters(22, 0, 22, 22)
    # What the partners could not get is still the box office's.
    assert_sells_out(apis["box"], stage, 20, "stock")
    assert_reconciled()


def test_what_one_partner_gives_back_the_other_can_sell(stage: Stage, apis: Apis) -> None:
    put_in_force(
        stage,
        Strategy.FIXED,
        line(stage, "agent", group="Partners"),
        line(stage, "hotel", group="Partners"),
        group("Partners", "50"),
    )
    sold = buy(apis["agent"], stage, 50).json()
    assert told(apis["hotel"], stage) == (0, "open")
    some = {"reason": "ill", "lines": [{"line": 1, "quantity": 3}]}
    assert apis["agent"].post(f"/bookings/{sold['id']}/cancel/", some).status_code == 200
    assert_sells_out(apis["hotel"], stage, 3, "open")
    assert_reconciled()


def by_priority(stage: Stage, opened: timedelta, *, lasting: int) -> None:
    """The direct window began so long ago; partners come after it."""
    direct: dict[str, Any] = {
        "opens": Opens.AT,
        "opens_at": timezone.now() - opened,
        "closes": Closes.AFTER_OPENING,
        "closes_hours": lasting,
    }
    put_in_force(
        stage,
        Strategy.PRIORITY,
        line(stage, "web", draws=Draws.GENERAL, **direct),
        line(stage, "agent", draws=Draws.GENERAL, tier=2, opens=Opens.AFTER_TIER),
    )


def test_partners_sell_nothing_within_the_direct_window(stage: Stage, apis: Apis) -> None:
    by_priority(stage, timedelta(hours=1), lasting=240)
    assert_is_closed(apis["agent"], stage, "OUTSIDE_SALES_WINDOW")
    assert_sells_out(apis["web"], stage, 100, "open")
    # Sold out or not, it is not their time.
    assert_is_closed(apis["agent"], stage, "OUTSIDE_SALES_WINDOW")
    assert_reconciled()


def test_partners_sell_what_is_left_after_the_direct_window(stage: Stage, apis: Apis) -> None:
    by_priority(stage, timedelta(hours=1), lasting=240)
    assert buy(apis["web"], stage, 40).status_code == 201
    by_priority(stage, timedelta(hours=241), lasting=240)
    assert_is_closed(apis["web"], stage, "OUTSIDE_SALES_WINDOW")
    assert_sells_out(apis["agent"], stage, 60, "open")
    assert stage.counters(channel="web") == Counters(40, 0, 40, 40)
    assert_reconciled()


def test_a_dynamic_part_is_sold_to_its_end_and_no_further(stage: Stage, apis: Apis) -> None:
    put_in_force(
        stage,
        Strategy.DYNAMIC,
        line(stage, "web", "40", is_dynamic=True, floor=20),
        line(stage, "agent", "40", is_dynamic=True, floor=10),
        line(stage, "box", "20", is_dynamic=True, floor=5),
    )
    # The floor binds those who move stock, and not those who sell it.
    assert_sells_out(apis["web"], stage, 40, "stock")
    before = Movement.objects.count()
    release_pool(stage.pools["GA"].pk, timezone.now() + timedelta(days=365))
    # Nothing has moved to the one that sold out.
    assert Movement.objects.count() == before
    assert_sells_no_more_than(apis["web"], stage, 0, "stock")
    assert_sells_out(apis["agent"], stage, 40, "stock")
    assert_sells_out(apis["box"], stage, 20, "stock")
    assert_reconciled()


def test_a_dynamic_part_that_draws_goes_on_into_the_open_stock(stage: Stage, apis: Apis) -> None:
    put_in_force(
        stage,
        Strategy.DYNAMIC,
        line(stage, "web", "40", is_dynamic=True, floor=20, draws=Draws.GENERAL),
        line(stage, "agent", "40", is_dynamic=True, floor=10),
    )
    assert_sells_out(apis["web"], stage, 60, "open")
    assert stage.counters(channel="web") == Counters(60, 0, 60, 20)
    assert_sells_out(apis["agent"], stage, 40, "stock")
    assert_reconciled()


def test_a_key_partner_is_fixed_beside_a_pool_that_others_draw_on(stage: Stage, apis: Apis) -> None:
    put_in_force(
        stage,
        Strategy.HYBRID,
        line(stage, "agent", 25),
        line(stage, "hotel", 5, draws=Draws.GENERAL, ceiling=12),
        line(stage, "web", draws=Draws.GENERAL),
    )
    assert_sells_out(apis["hotel"], stage, 12, "plan")
    assert stage.counters(channel="hotel") == Counters(12, 0, 12, 7)
    assert_sells_out(apis["web"], stage, 63, "open")
    assert_sells_no_more_than(apis["hotel"], stage, 0, "open")
    # A channel without a line has nothing, and what the key partner has nobody took.
    assert_is_closed(apis["box"], stage, "NOT_ON_SALE")
    assert_sells_out(apis["agent"], stage, 25, "stock")
    assert_reconciled()
