"""A preview keeps nobody from selling, and of two who save the same part the second is told."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from alerts.evaluation.selectors import foreseen
from allocations.models import AllocationPlan
from common.actor import Actor
from planning.configuration.errors import ConfigurationChangedError
from planning.configuration.preview import preview
from planning.configuration.services import Saved, save
from tests.allocations.plans import specs
from tests.concurrency.race import errors_of, race
from tests.factories import Counters, Stage, make_stage, make_user
from tests.planning.configuration.wishes import amounts, now_of, wish
from tests.proofs import assert_reconciled

# What the session holds of tables; the views that a preview makes are its own.
LOCKS = """
SELECT DISTINCT l.mode FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation AND c.relkind = 'r'
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
 WHERE l.pid = pg_backend_pid()
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage() -> Stage:
    made = make_stage(channels=("web", "agent"), give={})
    specs.apply(made, specs.line(made, "web", 40), specs.line(made, "agent", 40))
    return made


def test_a_sale_goes_through_while_a_preview_is_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The preview waits in the middle of its questions until the sale is through: a lock would be one for ever."""
    current = now_of(stage.event)
    locks: list[str] = []

    def sell_and_ask(*args: Any) -> Any:
        [outcome] = race([partial(stage.sell, [("Ticket", 3)])])
        assert outcome.error is None
        with connection.cursor() as cursor:
            cursor.execute(LOCKS)
            locks.extend(mode for (mode,) in cursor.fetchall())
        return foreseen(*args)

    monkeypatch.setattr("planning.configuration.preview.foreseen_alerts", sell_and_ask)
    answer = preview(wish(current, amounts(stage, web=60)), current)
    assert answer.pools[stage.pools["GA"].pk].is_applied
    assert stage.counters() == Counters(40, 0, 3, 0)
    assert locks == ["AccessShareLock"]
    assert_reconciled()


def test_of_two_who_save_one_part_at_once_one_is_told(stage: Stage) -> None:
    current = now_of(stage.event)
    people = [Actor.person(make_user()) for _ in range(2)]

    def saver(by: Actor, units: int) -> Callable[[], Saved]:
        wanted = wish(current, amounts(stage, web=units))
        return lambda: save(stage.event.pk, wanted, by=by, reason="At once", now=timezone.now())

    outcomes = race([saver(people[0], 50), saver(people[1], 55)])
    [refusal] = errors_of(outcomes)
    assert isinstance(refusal, ConfigurationChangedError)
    assert {difference.was for difference in refusal.differences} >= {"40"}
    assert stage.counters().quantity in (50, 55)
    assert AllocationPlan.objects.filter(pool=stage.pools["GA"]).count() == 2


def test_two_who_save_different_parts_at_once_are_both_done(stage: Stage) -> None:
    current = now_of(stage.event)
    by = Actor.person(make_user())
    wishes = [
        wish(current, amounts(stage, web=50)),
        wish(current, {"policy.lapse_hours": 5}),
    ]
    outcomes = race(
        [
            partial(save, stage.event.pk, wanted, by=by, reason="At once", now=timezone.now())
            for wanted in wishes
        ]
    )
    assert errors_of(outcomes) == []
    after = now_of(stage.event)
    assert stage.counters() == Counters(50, 0, 0, 0)
    assert (after.policy.event_id, after.policy.lapse_hours) == (stage.event.pk, 5)
