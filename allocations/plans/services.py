"""Drafting and applying plans. Each needs a transaction.

Lock order (docs/ledger.md): the event's row, then the plan, then stock rows inside the ledger.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from django.db.models import Max

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind, PlanStatus
from allocations.errors import PlanConflictError, PlanRefusedError
from allocations.models import AllocationPlan, PlanGroup, PlanLine, SalesChannel, Stock
from allocations.plans.missing_rows import missing, outcome_on
from allocations.plans.outcome import Outcome, called_alike, outcome_of
from allocations.plans.selectors import draft_of, stock_of
from allocations.plans.spec import Line, PlanSpec
from allocations.plans.validation import unlawful
from allocations.services import lock_event
from common.actor import Actor
from common.errors import InvalidInputError
from events.models import Pool


def save_draft(*, pool: Pool, spec: PlanSpec, revision: int | None = None) -> AllocationPlan:
    """Keep a plan that is not to be applied yet, in place of the pool's draft if it has one.

    ``revision``: of the draft that was being edited, 0 for none. Raises ``PlanConflictError`` when
    somebody else has saved another meanwhile, ``PlanRefusedError`` for what no plan can say.
    """
    lock_event(pool.event_id)
    _require_lawful(spec, pool)
    draft = (
        AllocationPlan.objects.select_for_update()
        .filter(pool=pool, status=PlanStatus.DRAFT)
        .first()
    )
    if revision is not None and revision != (draft.revision if draft else 0):
        raise PlanConflictError("Somebody else has saved another draft of this plan meanwhile.")
    if draft is None:
        draft = AllocationPlan.objects.create(pool=pool, note=spec.note)
    else:
        draft.note, draft.revision = spec.note, draft.revision + 1
        draft.save(update_fields=("note", "revision"))
        draft.lines.all().delete()
        draft.groups.all().delete()
    _write(draft, spec)
    return draft


def discard_draft(*, pool: Pool, revision: int | None = None) -> None:
    """Raises ``PlanConflictError`` when the draft is no longer the one that was looked at."""
    lock_event(pool.event_id)
    if revision is not None:
        require_draft(pool, revision)
    AllocationPlan.objects.filter(pool=pool, status=PlanStatus.DRAFT).delete()


def require_draft(pool: Pool, revision: int) -> AllocationPlan:
    """The draft as somebody looked at it. Raises ``PlanConflictError`` if it is another by now."""
    draft = draft_of(pool)
    if draft is None:
        raise PlanConflictError("The draft of this plan has been applied or discarded meanwhile.")
    if draft.revision != revision:
        raise PlanConflictError("Somebody else has saved another draft of this plan meanwhile.")
    return draft


def preview(*, pool: Pool, spec: PlanSpec, now: datetime) -> Outcome:
    """What applying the plan would do at this moment; changes nothing.

    Of a plan that no pool could have, only what is wrong with it is told.
    """
    if problems := unlawful(spec, pool):
        return Outcome([], problems)
    rows = list(stock_of(pool).select_related("channel", "pool"))
    rows += _missing(pool, spec, rows)
    return outcome_on(spec, pool.event, pool.capacity, rows, now)


def apply_plan(
    *, pool: Pool, spec: PlanSpec, by: Actor, reason: str, now: datetime
) -> AllocationPlan:
    """Put a plan in force as the pool's next version, with one call of the ledger.

    What it gives is worked out from the counters under their lock. Raises ``PlanRefusedError`` with
    all that is impossible, and then nothing has changed, and ``InvalidInputError`` without a
    reason. The pool's draft, if there is one, becomes this version.
    """
    if not reason.strip():
        raise InvalidInputError("Say why the plan is applied: partners read it.", field="reason")
    event = lock_event(pool.event_id)
    pool.refresh_from_db()
    draft = save_draft(pool=pool, spec=spec)
    present = list(stock_of(pool))
    if alike := called_alike(spec, [row.name for row in present]):
        raise PlanRefusedError(alike)
    Stock.objects.bulk_create(_missing(pool, spec, present))

    def decide(rows: Sequence[Stock]) -> dict[int, ledger.Place]:
        outcome = outcome_of(spec, event, pool.capacity, rows, now)
        if outcome.problems:
            raise PlanRefusedError(outcome.problems)
        return outcome.places

    ledger.arrange(
        stock_of(pool).values_list("pk", flat=True),
        decide,
        kind=MovementKind.PLAN,
        by=by,
        reason=reason,
        document_kind=DocumentKind.PLAN,
        document_id=draft.pk,
    )
    return _put_in_force(draft, by, reason, now)


def apply_draft(
    *, pool: Pool, revision: int, by: Actor, reason: str, now: datetime
) -> AllocationPlan:
    """Put the pool's draft in force as it was looked at. Raises as ``apply_plan``, and
    ``PlanConflictError`` when it is another by now.
    """
    lock_event(pool.event_id)
    spec = PlanSpec.read(require_draft(pool, revision))
    return apply_plan(pool=pool, spec=spec, by=by, reason=reason, now=now)


def record_version(
    *, pool: Pool, spec: PlanSpec, by: Actor, reason: str, now: datetime
) -> AllocationPlan:
    """Put in force what the rows are about to say anyway: no quantity moves.

    For moments that follow their event (``allocations.plans.reschedule``). A draft that waits goes on
    waiting. Raises ``PlanRefusedError`` for what no plan can say.
    """
    lock_event(pool.event_id)
    with draft_waiting(pool):
        return _put_in_force(save_draft(pool=pool, spec=spec), by, reason, now)


@contextmanager
def draft_waiting(pool: Pool) -> Iterator[None]:
    """Around what puts another plan in force: the pool's draft, if there is one, goes on waiting as it is."""
    waiting = draft_of(pool)
    spec = PlanSpec.read(waiting) if waiting else None
    yield
    if waiting is not None and spec is not None:
        draft = save_draft(pool=pool, spec=spec)
        draft.revision = waiting.revision
        draft.save(update_fields=("revision",))


def _put_in_force(draft: AllocationPlan, by: Actor, reason: str, now: datetime) -> AllocationPlan:
    versions = AllocationPlan.objects.filter(pool=draft.pool_id)
    versions.filter(status=PlanStatus.IN_FORCE).update(status=PlanStatus.REPLACED)
    last = versions.aggregate(last=Max("version"))["last"] or 0
    draft.status, draft.version = PlanStatus.IN_FORCE, last + 1
    draft.reason, draft.applied_at, draft.applied_by_id = reason.strip()[:300], now, by.user_id
    draft.internal_note = by.internal_note
    written = ("status", "version", "reason", "internal_note", "applied_at", "applied_by")
    draft.save(update_fields=written)
    return draft


def _missing(pool: Pool, spec: PlanSpec, rows: Sequence[Stock]) -> list[Stock]:
    """The rows that the plan needs and the pool has not, empty and unsaved."""
    new_rows = missing(spec, rows)
    channel_ids = [row.channel_id for row in new_rows if row.channel_id]
    channels = SalesChannel.objects.in_bulk(channel_ids) if channel_ids else {}
    for row in new_rows:
        row.event_id, row.pool = pool.event_id, pool
        row.channel = channels.get(row.channel_id or 0)
    return new_rows


def _require_lawful(spec: PlanSpec, pool: Pool) -> None:
    if problems := unlawful(spec, pool):
        raise PlanRefusedError(problems)


def _write(plan: AllocationPlan, spec: PlanSpec) -> None:
    groups = [
        PlanGroup(plan=plan, position=at, **asdict(group)) for at, group in enumerate(spec.groups)
    ]
    PlanGroup.objects.bulk_create(groups)
    by_name = {group.name: group for group in groups}
    lines = [_row_of(line, by_name) for line in spec.lines]
    for at, row in enumerate(lines):
        row.plan, row.position = plan, at
    PlanLine.objects.bulk_create(lines)


def _row_of(line: Line, groups: dict[str, PlanGroup]) -> PlanLine:
    values = asdict(line) | {"group": groups.get(line.group)}
    return PlanLine(**values)
