"""A preview says what saving then does, changes nothing, and keeps nobody from selling."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import InternalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.evaluation.stock import evaluate_due
from alerts.models import AlertRule
from allocations.models import Stock
from common.as_if import as_if
from events.models import Event
from planning.configuration.errors import ConfigurationRefusedError
from tests.allocations.plans import specs
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.planning.configuration.wishes import amounts, field, previewed, saved, wide_stage
from tests.proofs import nothing_changed
from transfers.enums import Need
from transfers.models import ChangeRequest, TransferRule
from transfers.rules.evaluation import evaluate

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    """100 units: web and agent have 40 each, and the agent has sold nearly nothing of them."""
    made = make_stage(channels=("web", "agent"), give={})
    specs.apply(made, specs.line(made, "web", 40), specs.line(made, "agent", 40))
    made.sell([("Ticket", 34)], "web")
    made.sell([("Ticket", 2)], "agent")
    return made


def quantities(stage: Stage) -> dict[str, int]:
    rows = Stock.objects.filter(pool=stage.pools["GA"]).select_related("channel")
    return {row.channel.name if row.channel else "": row.quantity for row in rows}


def low_stock(stage: Stage) -> AlertRule:
    """The one rule of its kind that speaks for the event."""
    AlertRule.objects.filter(venue=stage.event.venue, kind="LOW_STOCK").delete()
    return AlertRule.objects.create(
        venue=stage.event.venue,
        name="Low",
        kind="LOW_STOCK",
        per="CHANNEL",
        unit="PERCENT",
        threshold=10,
    )


def own_rule(stage: Stage, **terms: Any) -> TransferRule:
    return TransferRule.objects.create(
        venue=stage.event.venue, event=stage.event, name="Even out", **terms
    )


PLANS: list[dict[str, Any]] = [
    {"web": 60},
    {"web": 34, "agent": 2},
    {"web": "33.33 %", "agent": "66.67 %"},
    {"web": 98, "agent": 2},
    {"agent": "0 %"},
    {"web": 50, "agent": 51},
    {"web": 33},
]


@pytest.mark.parametrize("parts", PLANS)
def test_each_row_then_has_what_was_previewed_or_nothing_is_saved(
    stage: Stage, parts: dict[str, Any]
) -> None:
    touched = amounts(stage, **parts)
    with nothing_changed():
        found = previewed(stage, touched)
    outcome = found.pools[stage.pools["GA"].pk].outcome
    assert outcome is not None
    if found.problems:
        before = quantities(stage)
        with pytest.raises(ConfigurationRefusedError) as refusal:
            saved(stage, touched)
        assert [problem.message for problem in found.problems] == [
            problem.message for problem in refusal.value.problems
        ]
        assert quantities(stage) == before
        return
    saved(stage, touched)
    assert quantities(stage) == {
        change.row.channel.name if change.row.channel else "": change.place.quantity
        for change in outcome.changes
    }


@pytest.mark.parametrize("threshold", [5, 15, 30, 98])
@pytest.mark.parametrize("web", [36, 40, 55])
def test_alerts_then_begin_as_was_previewed(stage: Stage, threshold: int, web: int) -> None:
    rule = low_stock(stage)
    touched = amounts(stage, web=web) | {field(rule, "threshold"): Decimal(threshold)}
    if web == 40:
        del touched[f"pool-{stage.pools['GA'].pk}.line-{stage.channels['web'].pk}"]
    with nothing_changed():
        found = previewed(stage, touched)
    assert found.alerts is not None
    saved(stage, touched)
    begun = [alert for alert in evaluate_due(timezone.now()) if alert.kind == "LOW_STOCK"]
    foreseen = [alert for alert in found.alerts.begins if alert.kind == "LOW_STOCK"]
    assert [(alert.subject, alert.seen) for alert in foreseen] == [
        (alert.subject, alert.seen) for alert in begun
    ]


def test_alerts_that_stand_end_or_go_on_as_was_previewed(stage: Stage) -> None:
    rule = low_stock(stage)
    saved(stage, {field(rule, "threshold"): Decimal(20)})
    (begun,) = [alert for alert in evaluate_due(timezone.now()) if alert.kind == "LOW_STOCK"]
    own = AlertRule.objects.get(event=stage.event)
    found = previewed(stage, amounts(stage, web=60))
    assert found.alerts is not None
    assert begun.pk in [alert.pk for alert in found.alerts.ends]
    found = previewed(stage, {field(own, "threshold"): Decimal(19)})
    assert found.alerts is not None
    assert begun.pk in [alert.pk for alert in found.alerts.goes_on]


RULES: list[tuple[dict[str, object], dict[str, int]]] = [
    ({"target_at_least": Decimal(80)}, {}),
    ({"target_at_least": Decimal(90)}, {}),
    ({"target_at_least": Decimal(80), "keeps": 30}, {}),
    ({"target_at_least": Decimal(80), "amount": "UNITS", "value": 5}, {}),
    ({"target_at_least": Decimal(80), "source_below": Decimal(4)}, {}),
    ({"target_at_least": Decimal(90)}, {"web": 36}),
    ({"target_at_least": Decimal(80)}, {"web": 60}),
]


@pytest.mark.parametrize(("terms", "parts"), RULES)
def test_transfers_then_happen_as_was_previewed(
    stage: Stage, terms: dict[str, object], parts: dict[str, Any]
) -> None:
    # Units that a plan guarantees leave by no rule, unless the plan says that they may.
    free = {"is_dynamic": True, "floor": 0}
    specs.apply(stage, specs.line(stage, "web", 40), specs.line(stage, "agent", 40, **free))
    rule = own_rule(stage)
    touched = {f"rule-{rule.pk}.{name}": value for name, value in terms.items()}
    touched |= amounts(stage, **parts)
    with nothing_changed():
        found = previewed(stage, touched)
    saved(stage, touched)
    happened = evaluate(timezone.now())
    assert found.transfers is not None
    assert [(match.candidate.source_id, match.candidate.units) for match in found.transfers] == [
        (transfer.source_id, transfer.units) for transfer in happened
    ]


def test_what_would_wait_for_an_approval_is_said(stage: Stage) -> None:
    free = {"is_dynamic": True, "floor": 0}
    specs.apply(stage, specs.line(stage, "web", 40), specs.line(stage, "agent", 40, **free))
    rule = own_rule(stage, target_at_least=80)
    found = previewed(stage, {"policy.approval_above": 1})
    assert found.transfers is not None
    assert [match.needs for match in found.transfers] == [(Need.ABOVE_UNITS,)]
    found = previewed(stage, {f"rule-{rule.pk}.is_active": False})
    assert found.transfers == []


TAKEN: list[tuple[dict[str, int], bool]] = [
    ({"web": 60}, False),
    ({"agent": 39}, True),
    ({"web": 50, "agent": 30}, True),
    ({"web": 39}, True),
]


@pytest.mark.parametrize(("parts", "waits"), TAKEN)
def test_within_the_window_it_says_whether_saving_asks_for_an_approval(
    stage: Stage, parts: dict[str, Any], waits: bool
) -> None:
    Event.objects.filter(pk=stage.event.pk).update(starts_at=timezone.now() + timedelta(hours=47))
    touched = amounts(stage, **parts)
    with nothing_changed():
        found = previewed(stage, touched).pools[stage.pools["GA"].pk]
    assert bool(found.takings) is waits
    before = quantities(stage)
    # The policy of the same save does not judge it.
    answer = saved(stage, touched | {"policy.approval_hours": 0})
    assert bool(answer.waiting) is waits
    assert ChangeRequest.objects.count() == waits
    assert (quantities(stage) == before) is waits


def test_a_change_that_waits_is_not_counted_as_done(stage: Stage) -> None:
    rule = low_stock(stage)
    Event.objects.filter(pk=stage.event.pk).update(starts_at=timezone.now() + timedelta(hours=47))
    own = {field(rule, "threshold"): Decimal(50)}
    alone = previewed(stage, own).alerts
    beside = previewed(stage, own | amounts(stage, agent=2)).alerts
    assert alone is not None
    assert beside is not None
    assert [alert.subject for alert in alone.begins] == [alert.subject for alert in beside.begins]


def test_an_event_that_is_not_on_sale_has_neither_alerts_nor_transfers(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status="DRAFT")
    found = previewed(stage, amounts(stage, web=60))
    assert found.alerts is None
    assert found.transfers is None
    assert not found.problems


def test_nothing_can_be_written_while_a_preview_asks(stage: Stage) -> None:
    row = stage.row()
    with pytest.raises(InternalError, match="read-only"), as_if([row]):
        Event.objects.filter(pk=stage.event.pk).update(name="Other")
    assert Event.objects.get(pk=stage.event.pk).name == stage.event.name
    row.quantity = 1
    with as_if([row]):
        assert Stock.objects.get(pk=row.pk).quantity == 1
    assert stage.row().quantity == 40


def test_a_preview_asks_as_often_for_ten_times_the_rows(stage: Stage) -> None:
    many = wide_stage()
    own_rule(stage)
    for number in range(5):
        TransferRule.objects.create(venue=many.event.venue, event=many.event, name=f"R{number}")

    def asked(of: Stage, touched: dict[str, object]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as context:
            previewed(of, touched)
        return len(context)

    few = asked(stage, amounts(stage, web=50))
    wide = {
        key: value for name in many.pools for key, value in amounts(many, name, c1=5, c2=7).items()
    }
    assert asked(many, wide) <= few + 1
    assert few <= 33
