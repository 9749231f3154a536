"""What saving a configuration would do now: worked out by what will enforce it. Nothing is written, no row is locked.

Quantities come of ``outcome_of``, as when a plan is applied. Alerts and transfers are asked of the database by the
statements that find them, as if the changed rows were in their tables already (``common/as_if.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

from django.db.models import Model

from alerts.evaluation.selectors import Foreseen as ForeseenAlerts
from alerts.evaluation.selectors import foreseen as foreseen_alerts
from alerts.evaluation.selectors import is_watched
from alerts.kinds import OF_STOCK
from alerts.models import AlertRule
from allocations.enums import PlanStatus
from allocations.models import AllocationPlan, PlanLine
from allocations.plans.missing_rows import missing
from allocations.plans.outcome import Outcome, outcome_of
from allocations.plans.outcome import Problem as PlanProblem
from allocations.plans.spec import PlanSpec
from allocations.plans.validation import senseless
from common.as_if import as_if
from planning.configuration.errors import Problem
from planning.configuration.state import Configuration, PoolState, part_key
from planning.configuration.wish import (
    RuleChange,
    Wish,
    alert_changes,
    policy_change,
    problems_of,
    specs_of,
    transfer_changes,
)
from transfers.dynamic.selectors import ForeseenMove, foreseen_moves
from transfers.models import TransferPolicy, TransferRule
from transfers.rules.selectors import Foreseen as ForeseenTransfer
from transfers.rules.selectors import Taking, takings, with_place
from transfers.rules.selectors import foreseen as foreseen_transfers

# More than a plan has lines and groups.
MOST_ROWS = 1000


@dataclass(frozen=True)
class PoolPreview:
    """``outcome``: of a pool that changes; ``takings``: what of it another person has to approve first."""

    state: PoolState
    spec: PlanSpec
    outcome: Outcome | None
    takings: Sequence[Taking] = ()

    @property
    def is_applied(self) -> bool:
        """Whether saving changes the stock at once."""
        return self.outcome is not None and not self.outcome.problems and not self.takings


@dataclass(frozen=True)
class Preview:
    """``alerts`` is missing where nobody watches the event, ``transfers`` where no rule looks at it.

    ``moves``: those that a dynamic plan would ask for with its next look.
    """

    pools: Mapping[int, PoolPreview]
    rules: Sequence[RuleChange]
    problems: Sequence[Problem]
    alerts: ForeseenAlerts | None
    transfers: Sequence[ForeseenTransfer] | None
    moves: Sequence[ForeseenMove] = ()


def preview(wish: Wish, current: Configuration) -> Preview:
    """What saving would do at this moment. What is impossible is among the problems, and the rest told without it."""
    pools = pool_previews(specs_of(wish, current), current)
    problems = [*problems_of(wish, current), *_plan_problems(pools)]
    rules = alert_changes(wish, current)
    transfer_rules = transfer_changes(wish, current)
    policy = policy_change(wish, current)
    if problems:
        # No row that the database would refuse is worked with.
        rules, transfer_rules, policy = [], {}, None
    given = [
        *_stock(pools),
        *(change.after for change in rules),
        *transfer_rules.values(),
        *([policy] if policy is not None else []),
        *_channels_of_policy(policy, current),
    ]
    speaking = {rule.pk: rule for rule in current.alerts.values()}
    speaking |= {change.after.pk: change.after for change in rules}
    acting = dict(current.rules) | {rule.pk: rule for rule in transfer_rules.values()}
    alerts, transfers, moves = _foreseen(given, current, speaking, acting, _is_dynamic(pools))
    return Preview(pools, rules, problems, alerts, transfers, moves)


def pool_previews(specs: Mapping[int, PlanSpec], current: Configuration) -> dict[int, PoolPreview]:
    """Each pool; one statement for all that may need an approval."""
    outcomes = {pk: _outcome(current.pools[pk], spec, current) for pk, spec in specs.items()}
    places = {
        change.row: change.place
        for outcome in outcomes.values()
        if not outcome.problems
        for change in outcome.changes
        if change.is_change
    }
    taken = {taking.stock_id: taking for taking in takings(places)}
    return {
        pk: PoolPreview(
            state,
            specs.get(pk, state.spec),
            outcomes.get(pk),
            [taken[row.pk] for row in state.rows if pk in outcomes and row.pk in taken],
        )
        for pk, state in current.pools.items()
    }


def _outcome(state: PoolState, spec: PlanSpec, current: Configuration) -> Outcome:
    if problems := senseless(spec):
        return Outcome([], problems)
    rows = [copy(row) for row in state.rows]
    for number, row in enumerate(missing(spec, rows), 1):
        # Not there yet; told apart from those of other pools.
        row.pk, row.version = -(state.pool.pk * MOST_ROWS + number), 0
        row.event, row.pool = current.event, state.pool
        row.channel = current.channels.get(row.channel_id or 0)
        rows.append(row)
    return outcome_of(spec, current.event, state.pool.capacity, rows, current.now)


def _plan_problems(pools: Mapping[int, PoolPreview]) -> Iterator[Problem]:
    for pk, pool in pools.items():
        if pool.outcome is not None:
            yield from (plan_problem(pk, pool.spec, problem) for problem in pool.outcome.problems)


def plan_problem(pool_id: int, spec: PlanSpec, problem: PlanProblem) -> Problem:
    """A problem of a plan at the part that is to blame."""
    parts = [*spec.groups, *spec.lines]
    for part in parts:
        is_line = problem.channel_id is not None and part_key(part) == f"line-{problem.channel_id}"
        if is_line or (problem.group and getattr(part, "name", None) == problem.group):
            return Problem(f"pool-{pool_id}.{part_key(part)}", problem.message)
    return Problem(f"pool-{pool_id}", problem.message)


# --- Rows as they would be ----------------------------------------------------------------------


def _stock(pools: Mapping[int, PoolPreview]) -> Iterator[Model]:
    """The stock of pools that change at once, with the plan that would be in force."""
    for pk, pool in pools.items():
        if not pool.is_applied or pool.outcome is None:
            continue
        yield from (with_place(change.row, change.place) for change in pool.outcome.changes)
        if (plan := pool.state.pool_plan.in_force) is not None:
            replaced = copy(plan)
            replaced.status = PlanStatus.REPLACED
            yield replaced
        version = pool.state.version + 1
        yield AllocationPlan(
            pk=-pk, pool=pool.state.pool, status=PlanStatus.IN_FORCE, version=version
        )
        for number, line in enumerate(pool.spec.lines, 1):
            yield PlanLine(
                pk=-(pk * MOST_ROWS + number),
                plan_id=-pk,
                channel_id=line.channel_id,
                floor=line.floor,
                is_dynamic=line.is_dynamic,
                releases_at=line.releases_at,
                release_hours=line.release_hours,
            )


def _is_dynamic(pools: Mapping[int, PoolPreview]) -> bool:
    """Whether a plan would then be in force that lets its lines move by their forecast."""
    specs = [pool.spec if pool.is_applied else pool.state.spec for pool in pools.values()]
    return any(line.is_dynamic for spec in specs for line in spec.lines)


def _channels_of_policy(policy: TransferPolicy | None, current: Configuration) -> Iterator[Model]:
    """What a policy that the event has not yet takes over of its venue's."""
    if policy is None or policy.pk > 0:
        return
    for name in ("always", "protected"):
        through = getattr(TransferPolicy, name).through
        for number, channel in enumerate(getattr(current.policy, name).all(), 1):
            yield through(pk=-number, transferpolicy_id=policy.pk, saleschannel_id=channel.pk)


def _foreseen(
    given: Sequence[Model],
    current: Configuration,
    speaking: Mapping[int, AlertRule],
    acting: Mapping[int, TransferRule],
    is_dynamic: bool,
) -> tuple[ForeseenAlerts | None, list[ForeseenTransfer] | None, list[ForeseenMove]]:
    event, now = current.event, current.now
    alerts = None
    moves: list[ForeseenMove] = []
    names = {pk: channel.name for pk, channel in current.channels.items()}
    with as_if(given):
        if is_watched(event, now):
            kinds = [
                kind for kind in OF_STOCK if any(rule.kind == kind for rule in speaking.values())
            ]
            alerts = foreseen_alerts(event, speaking, now, kinds)
        transfers = foreseen_transfers(event, acting, now)
        if is_dynamic:
            moves = foreseen_moves(event, names, now)
    return alerts, transfers, moves
