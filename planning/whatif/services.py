"""Starting and cancelling runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from allocations.models import AllocationPlan
from allocations.plans.selectors import draft_of
from allocations.plans.services import save_draft
from common.after_commit import after_commit
from common.errors import InvalidInputError
from common.worker import ask_worker
from events.models import Event, Pool
from planning.enums import UNFINISHED, RunState
from planning.models import WhatIfRun
from planning.models.whatif import MOST_SEEDS
from planning.whatif import plan_json, plans
from planning.whatif.simulation import chosen_plan, prepare
from planning.whatif.work import TASK

# Of one person at a time: a run takes a worker's process for half a minute.
MOST_WAITING = 5


def start(
    *,
    event: Event,
    demand: Mapping[str, Any],
    sides: Sequence[plans.Choice],
    user: User,
    seeds: int = 200,
    moves: bool = True,
    answer_hours: int | None = 2,
    now: datetime | None = None,
) -> WhatIfRun:
    """Write a run down for the worker. Needs a transaction.

    Raises ``RefusedError`` for a plan that the event's pools cannot have, or a demand in which nobody comes.
    """
    now = now or timezone.now()
    if not 1 <= seeds <= MOST_SEEDS:
        raise InvalidInputError(f"Runs are 1 to {MOST_SEEDS}, not {seeds}.", field="seeds")
    if WhatIfRun.objects.filter(made_by=user, state__in=UNFINISHED).count() >= MOST_WAITING:
        raise InvalidInputError(
            f"{MOST_WAITING} of your what-ifs wait or run already. Cancel one, or wait for it."
        )
    run = WhatIfRun(
        event=event,
        demand=dict(demand),
        sides=[[side.kind, side.event_id] for side in sides],
        plans=[chosen_plan(side, event, now) for side in sides],
        seeds=seeds,
        moves=moves,
        answer_hours=answer_hours,
        made_by=user,
        made_at=now,
    )
    prepare(run)  # what cannot be run is said at once
    run.save()
    after_commit(lambda: ask_worker(TASK, queue="planning"))
    return run


def cancel(*, run_id: int) -> bool:
    """End a run that waits or is worked on; whether it was one still."""
    return bool(
        WhatIfRun.objects.filter(pk=run_id, state__in=UNFINISHED).update(
            state=RunState.CANCELLED, finished_at=Now(), worker=None, claimed_until=None
        )
    )


def use_plan(*, run: WhatIfRun, side: int, pool: Pool) -> AllocationPlan:
    """Save a side's plan of a pool as the pool's draft, in place of one that waits. Needs a transaction.

    Side 2 is the recommendation. Raises ``PlanRefusedError`` for what no plan can say by now.
    """
    data = [*run.plans, run.recommendation.get("plan")][side]
    if data is None or str(pool.pk) not in data:
        raise InvalidInputError("This side has no plan of the pool.")
    draft = draft_of(pool)
    spec = plan_json.read(data)[pool.pk]
    return save_draft(pool=pool, spec=spec, revision=draft.revision if draft else 0)
