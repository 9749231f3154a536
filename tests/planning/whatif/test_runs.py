"""A run is a row: worked out in chunks, gone on with where a worker was killed, cancelled, the same for the same seed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from allocations.enums import Strategy
from allocations.models import Listing
from allocations.plans.selectors import draft_of
from allocations.plans.spec import PlanSpec
from common.errors import InvalidInputError
from planning.enums import RunState
from planning.models import WhatIfChunk, WhatIfRun
from planning.whatif import services, simulation, sources, work
from planning.whatif.plans import HISTORY, IN_FORCE, RECOMMENDED, Choice
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept

pytestmark = pytest.mark.django_db

SIDES = (Choice(IN_FORCE), Choice(Strategy.PRIORITY.value))


@kept
def stage(db: None) -> Stage:
    """The website asks twice as much as the agent."""
    made = make_stage(
        pools={"GA": 100},
        channels=("web", "agent"),
        give={("GA", "web"): 60, ("GA", "agent"): 40},
        sales_from=timezone.now() - timedelta(days=1),
    )
    listing = made.listing("Ticket", "agent")
    Listing.objects.filter(pk=listing.pk).update(price=Decimal(5))
    return made


@kept
def user(db: None) -> User:
    return make_user()


def start(stage: Stage, user: User, sides: Any = SIDES, **values: Any) -> WhatIfRun:
    demand: dict[str, Any] = {
        "kind": "CURVE",
        "shape": "S",
        "tickets": 150,
        "shares": {str(channel.pk): 50 for channel in stage.channels.values()},
    }
    terms: dict[str, Any] = {"demand": demand, "seeds": 6} | values
    return services.start(event=stage.event, sides=sides, user=user, **terms)


def results(run: WhatIfRun) -> list[Any]:
    return [seed for chunk in WhatIfChunk.objects.filter(run=run) for seed in chunk.results]


def test_the_same_seeds_give_the_same_result_and_no_ticket_is_lost(
    stage: Stage, user: User
) -> None:
    first, second = start(stage, user), start(stage, user)
    while work.work():
        pass
    assert results(first) == results(second)
    first.refresh_from_db()
    assert (first.state, first.done, len(results(first))) == (RunState.DONE, 6, 6)
    for fixed, shared in results(first):
        asked = sum(fixed["sold"].values()) + sum(fixed["away"].values())
        assert asked == sum(shared["sold"].values()) + sum(shared["away"].values()) > 100
        assert sum(fixed["sold"].values()) + sum(fixed["left"].values()) == 100
        # One stock for both sells at least what two parts would.
        assert sum(shared["sold"].values()) >= sum(fixed["sold"].values())
        assert fixed["time"][-1] == sum(fixed["sold"].values())


@pytest.mark.parametrize("kind", ["OWN", "EVENT"])
def test_more_sales_than_a_worker_can_go_through_are_refused_before_they_are_read(
    stage: Stage, user: User, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(simulation, "MOST_BUYERS", 2)
    demand = {"kind": kind, "event": stage.event.pk, "percent": 100, "away": 0}
    for _number in range(2):
        stage.sell([("Ticket", 1)])
    assert start(stage, user, demand=demand).pk
    stage.sell([("Ticket", 1)])
    monkeypatch.setattr(simulation, "history_of", None)
    monkeypatch.setattr(sources, "of_event", None)
    with pytest.raises(InvalidInputError, match="2 bookings at most"):
        start(stage, user, demand=demand)
    assert WhatIfRun.objects.count() == 1


def test_a_run_whose_worker_was_killed_goes_on_from_its_last_chunk(
    stage: Stage, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "SECONDS_A_CHUNK", 0.0)
    run = start(stage, user)
    monkeypatch.setattr(work, "_keep", killed_after(2))
    with pytest.raises(KeyboardInterrupt):
        work.work()
    run.refresh_from_db()
    assert (run.state, run.done, run.chunks.count()) == (RunState.RUNNING, 2, 2)
    monkeypatch.setattr(work, "_keep", keep)
    assert work.work() == 0  # it is held by a worker that may be at it still
    WhatIfRun.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert work.work() == 4
    run.refresh_from_db()
    assert (run.state, run.done) == (RunState.DONE, 6)
    whole = start(stage, user)
    work.work()
    assert results(run) == results(whole)


keep = work._keep


def killed_after(chunks: int) -> Any:
    """A worker that is killed when it has written so many chunks."""
    left = [chunks]

    def keep_or_die(run: WhatIfRun, seeds: Any) -> bool:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return keep(run, seeds)

    return keep_or_die


def test_one_that_ends_with_its_worker_again_and_again_says_so(stage: Stage, user: User) -> None:
    run = start(stage, user)
    WhatIfRun.objects.update(state=RunState.RUNNING, attempts=work.MAX_ATTEMPTS)
    assert work.work() == 0
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.message.startswith("The worker was stopped in the middle 3 times.")


def test_a_run_that_is_cancelled_gets_no_more_chunks(
    stage: Stage, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "SECONDS_A_CHUNK", 0.0)
    run = start(stage, user)

    def cancelled_meanwhile(mine: WhatIfRun, seeds: Any) -> bool:
        assert keep(mine, seeds)
        return services.cancel(run_id=mine.pk) and keep(mine, seeds)

    monkeypatch.setattr(work, "_keep", cancelled_meanwhile)
    work.work()
    run.refresh_from_db()
    assert (run.state, run.done, run.chunks.count()) == (RunState.CANCELLED, 1, 1)
    assert not services.cancel(run_id=run.pk)


def test_what_cannot_be_run_is_said_at_once(stage: Stage, user: User) -> None:
    with pytest.raises(InvalidInputError, match="has sold nothing yet"):
        start(stage, user, demand={"kind": "OWN"})
    with pytest.raises(InvalidInputError, match="own sales alone"):
        start(stage, user, (Choice(HISTORY), Choice(IN_FORCE)))
    assert not WhatIfRun.objects.exists()


def test_the_recommendation_keeps_units_for_the_higher_price_and_opens_as_a_draft(
    stage: Stage, user: User
) -> None:
    run = start(stage, user)
    work.work()
    run.refresh_from_db()
    [pool] = run.recommendation["pools"]
    dear, cheap = pool["classes"]
    assert (dear["channels"], dear["price"]) == ([stage.channels["web"].pk], 1000.0)
    assert dear["level"] == 0 < cheap["level"] < 100
    draft = services.use_plan(run=run, side=2, pool=stage.pools["GA"])
    assert draft_of(stage.pools["GA"]) == draft
    line = PlanSpec.read(draft).line_of(stage.channels["web"].pk)
    assert line is not None
    assert line.units == cheap["level"]
    again = start(stage, user, (Choice(IN_FORCE), Choice(RECOMMENDED, run.pk)))
    work.work()
    again.refresh_from_db()
    assert again.state == RunState.DONE
