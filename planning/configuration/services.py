"""Saving an event's configuration: all of it or nothing, in one transaction, for one reason.

Lock order (docs/ledger.md): the event's row, alert rules, transfer rules, the policy, then plans and stock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from alerts.models import AlertRule
from alerts.rules import copy_for
from allocations.approval import Wanted, do_or_ask
from allocations.errors import PlanConflictError, PlanRefusedError
from allocations.models import AllocationPlan
from allocations.plans import services as plans
from allocations.plans.spec import PlanSpec
from allocations.services import lock_event
from common.actor import Actor
from common.errors import InvalidInputError
from common.history import save_because
from events.models import Event
from planning.configuration.errors import (
    ConfigurationChangedError,
    ConfigurationRefusedError,
    Problem,
)
from planning.configuration.preview import plan_problem
from planning.configuration.state import POLICY, Configuration, PoolState, key_of, read
from planning.configuration.wish import (
    RuleChange,
    Wish,
    alert_changes,
    policy_change,
    problems_of,
    specs_of,
    transfer_changes,
)
from transfers.models import TransferPolicy, TransferRule
from transfers.services import require_possible


@dataclass(frozen=True)
class Saved:
    """``applied``: the plans that are in force now; ``waiting``: what waits for an approval, in sentences."""

    applied: Sequence[AllocationPlan]
    waiting: Sequence[str]
    alert_rules: int
    transfer_rules: int
    has_policy: bool


@transaction.atomic
def save(event_id: int, wish: Wish, *, by: Actor, reason: str, now: datetime) -> Saved:
    """Do what is wished, and nothing else. What takes units that another person has to approve waits for that.

    Raises ``ConfigurationChangedError`` where somebody else has changed the same parts since the page was opened,
    ``ConfigurationRefusedError`` with all that stands in the way, ``NoTransferError`` of an event that is over,
    ``InvalidInputError`` without a reason or a change; then nothing has changed.
    """
    if not reason.strip():
        raise InvalidInputError("Say why it is changed.", field="reason")
    if not wish.parts:
        raise InvalidInputError("Nothing is changed.")
    lock_event(event_id)
    event = Event.objects.select_related("venue").get(pk=event_id)
    require_possible(event, now)
    _lock_rules(read(event, now))
    current = read(event, now)
    if differences := wish.differences(current):
        raise ConfigurationChangedError(differences, current)
    if problems := problems_of(wish, current):
        raise ConfigurationRefusedError(problems)
    # The plans first: what they take is judged by the policy as it is, and not by one that is saved with them.
    specs = specs_of(wish, current)
    waiting = [
        sentence
        for pk, spec in specs.items()
        if (sentence := _plan(current.pools[pk], spec, wish, by, reason, now))
    ]
    alert_rules = _alert_rules(alert_changes(wish, current), current, by, reason)
    transfer_rules = transfer_changes(wish, current)
    for part, rule in transfer_rules.items():
        _save(rule, by, reason, tuple(wish.of(part)))
    policy = policy_change(wish, current)
    if policy is not None:
        _policy(policy, current, wish, by, reason)
    applied = AllocationPlan.objects.filter(pool__in=specs, applied_at=now).select_related("pool")
    return Saved(
        list(applied.order_by("pool")),
        waiting,
        alert_rules,
        len(transfer_rules),
        policy is not None,
    )


def _lock_rules(current: Configuration) -> None:
    """Each by primary key, as all that lock several."""
    own = {
        "alerts": [rule.pk for rule in current.alerts.values()],
        "rules": list(current.own_rules),
    }
    for model, ids in ((AlertRule, own["alerts"]), (TransferRule, own["rules"])):
        rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=ids)
        list(rows.order_by("pk").values("pk"))
    policies = TransferPolicy.objects.select_for_update(no_key=True).filter(pk=current.policy.pk)
    list(policies.order_by("pk").values("pk"))


# --- Plans --------------------------------------------------------------------------------------


def _plan(
    state: PoolState, spec: PlanSpec, wish: Wish, by: Actor, reason: str, now: datetime
) -> str:
    """Put a plan in force, or ask for it; what to tell the person if it waits."""
    pool, part = state.pool, f"pool-{state.pool.pk}"
    begun_as = wish.drafts.get(pool.pk)
    if begun_as is None and state.draft is not None:
        with plans.draft_waiting(pool):
            waits = _apply(state, spec, by, reason, now)
            if waits:
                message = (
                    f"The change of {pool.name} has to be approved, and would take the place of the draft that waits "
                    "there: begin with the draft, or discard it."
                )
                raise ConfigurationRefusedError([Problem(part, message)])
        return waits
    if begun_as is not None and begun_as != (state.draft.revision if state.draft else 0):
        raise PlanConflictError(f"The draft of {pool.name} is another by now: begin with it again.")
    return _apply(state, spec, by, reason, now)


def _apply(state: PoolState, spec: PlanSpec, by: Actor, reason: str, now: datetime) -> str:
    pool = state.pool
    try:
        revision = plans.save_draft(pool=pool, spec=spec).revision
        return do_or_ask(
            lambda: plans.apply_draft(pool=pool, revision=revision, by=by, reason=reason, now=now),
            Wanted("PLAN", pool.event_id, pool.name, {"pool": pool.pk, "revision": revision}),
            by=by,
            reason=reason,
            now=now,
        )
    except PlanRefusedError as error:
        problems = [plan_problem(pool.pk, spec, problem) for problem in error.problems]
        raise ConfigurationRefusedError(problems) from error


# --- Rules and policy ---------------------------------------------------------------------------


def _alert_rules(
    changes: Sequence[RuleChange], current: Configuration, by: Actor, reason: str
) -> int:
    copied = [change.before for change in changes if change.is_new]
    if copied:
        copy_for(current.event, copied, by=by, reason=reason)
    made = {
        key_of(rule): rule
        for rule in AlertRule.objects.filter(
            event=current.event, kind__in={rule.kind for rule in copied}
        )
    }
    changed = 0
    for change in changes:
        if not change.fields:
            continue
        rule = made[change.key] if change.is_new else change.after
        for name in change.fields:
            setattr(rule, name, getattr(change.after, name))
        save_because(rule, reason, by=by, fields=change.fields)
        changed += 1
    return changed


def _save(rule: TransferRule, by: Actor, reason: str, fields: tuple[str, ...]) -> None:
    if rule.pk > 0:
        save_because(rule, reason, by=by, fields=fields)
        return
    rule.pk = None
    save_because(rule, reason, by=by)


def _policy(
    policy: TransferPolicy, current: Configuration, wish: Wish, by: Actor, reason: str
) -> None:
    """Save the event's own; one that is new takes over the channels and roles of its venue's."""
    if policy.pk > 0:
        save_because(policy, reason, by=by, fields=tuple(wish.of(POLICY)))
        return
    policy.pk = None
    policy._state.adding = True  # noqa: SLF001 - as Django says that a copy is made
    save_because(policy, reason, by=by)
    for name in ("approvers", "always", "protected"):
        getattr(policy, name).set(getattr(current.policy, name).all())
