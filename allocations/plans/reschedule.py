"""Plans follow their event: on other dates their rules lead to other moments (docs/plans.md).

Only moments change, never a quantity, and what has gone back stays there. A window that somebody
has set by hand since is no longer the plan's: no rule moves it.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from allocations import ledger
from allocations.enums import Draws, PlanStatus, StockKind
from allocations.ledger import Terms
from allocations.models import AllocationPlan, Stock
from allocations.plans.notation import (
    CLOSING,
    GOING_BACK,
    OPENING,
    closing_of,
    going_back_of,
    opening_of,
    told,
)
from allocations.plans.selectors import plans_in_force
from allocations.plans.spec import Group, Line, PlanSpec
from allocations.plans.validation import senseless
from allocations.plans.windows import Unresolved, drawing_windows, release_of
from allocations.services import lock_event
from common import text
from common.actor import Actor
from common.errors import InvalidInputError
from events.models import Event, Pool

MoveMoment = Callable[[datetime], datetime]
Part = Line | Group
# Of what a change of dates makes impossible, so many are told one by one.
MAX_TOLD = 5


@dataclass(frozen=True, slots=True)
class Following:
    """What becomes of stock rows on other dates, and the plans whose own moments move along."""

    terms: Mapping[int, Terms]
    versions: Sequence[tuple[Pool, PlanSpec]]


def follow_dates(*, before: Event, after: Event, by: Actor, field: str) -> None:
    """Give rows that a plan governs the moments of their event's new dates; needs a transaction.

    ``after`` is saved already. Raises ``InvalidInputError``, of ``field``, when a rule leads nowhere.
    """
    lock_event(after.pk)
    terms = work_out(before, after, field=field).terms
    if terms:
        # Partners read it; why they were changed is in the event's history.
        ledger.set_terms(terms, by=by, reason="The dates of the event were changed.")


def governed(events: Iterable[int]) -> set[int]:
    """Those of the events in which some pool has a plan in force."""
    plans = AllocationPlan.objects.filter(status=PlanStatus.IN_FORCE, pool__event__in=events)
    return set(plans.order_by().values_list("pool__event", flat=True))


def work_out(
    before: Event,
    after: Event,
    *,
    field: str,
    move: MoveMoment | None = None,
    without: Container[int] = (),
) -> Following:
    """What would follow a change of an event's dates; writes nothing.

    ``move``: where moments go that no rule derives from the event, else they stay. ``without``:
    pools whose plans are about to be replaced, and are not asked. Raises
    ``InvalidInputError``, of ``field``, with pool, channel and rule for all that leads nowhere.
    """
    rows = list(
        Stock.objects.filter(event=after, kind__in=(StockKind.CHANNEL, StockKind.OPEN)).order_by(
            "pk"
        )
    )
    ruled: dict[int, tuple[Terms, Terms]] = {}
    versions: list[tuple[Pool, PlanSpec]] = []
    refused: list[str] = []
    staying = (plan for plan in plans_in_force(after) if plan.pool_id not in without)
    for plan in staying:
        own = [row for row in rows if row.pool_id == plan.pool_id]
        names = {line.channel_id: str(line.channel) for line in plan.lines.all()}
        spec = PlanSpec.read(plan)
        moved = shifted(spec, move) if move is not None else spec
        if moved != spec:
            versions.append((plan.pool, moved))
            refused += [f"{plan.pool}: {problem.message}" for problem in senseless(moved)]
        was = _Ruling(spec, before, own)
        will = _Ruling(moved, after, own)
        refused += will.refusals(plan.pool, names)
        ruled |= {
            pk: (terms, will.terms[pk]) for pk, terms in was.terms.items() if pk in will.terms
        }
    if refused:
        raise InvalidInputError(_sentences(refused), field=field)
    terms_by_row = {row.pk: _terms_on(row, ruled.get(row.pk), move) for row in rows}
    changed = {
        row.pk: terms_by_row[row.pk] for row in rows if terms_by_row[row.pk] != Terms.of(row)
    }
    return Following(changed, versions)


def shifted(spec: PlanSpec, move: MoveMoment) -> PlanSpec:
    """The plan with its own moments elsewhere; what is derived from an event stays derived."""
    lines = tuple(
        replace(
            line,
            opens_at=_moved(line.opens_at, move),
            closes_at=_moved(line.closes_at, move),
            releases_at=_moved(line.releases_at, move),
        )
        for line in spec.lines
    )
    groups = tuple(
        replace(group, releases_at=_moved(group.releases_at, move)) for group in spec.groups
    )
    return PlanSpec(lines, groups, spec.note)


def _terms_on(row: Stock, ruled: tuple[Terms, Terms] | None, move: MoveMoment | None) -> Terms:
    """A window, and a release that is still to come, each as the rule says where one made it."""
    terms = Terms.of(row)
    was, will = ruled or (None, None)
    if was and will and _drawing(terms) == _drawing(was):
        terms = replace(terms, draws_from=will.draws_from, draws_until=will.draws_until)
    elif move is not None:
        terms = replace(
            terms,
            draws_from=_moved(terms.draws_from, move),
            draws_until=_moved(terms.draws_until, move),
        )
    if terms.releases_at is None:
        return terms
    if was and will and terms.releases_at == was.releases_at:
        return replace(terms, releases_at=will.releases_at)
    return terms if move is None else replace(terms, releases_at=_moved(terms.releases_at, move))


def _moved(moment: datetime | None, move: MoveMoment) -> datetime | None:
    # In UTC, as it is stored: two of an hour that a clock shows twice are never equal otherwise.
    return None if moment is None else move(moment).astimezone(UTC)


def _drawing(terms: Terms) -> tuple[int | None, datetime | None, datetime | None]:
    return terms.draws_on_id, terms.draws_from, terms.draws_until


class _Ruling:
    """What a plan says, on an event's dates, of when its rows draw and go back."""

    def __init__(self, spec: PlanSpec, event: Event, rows: Sequence[Stock]) -> None:
        self._zone = event.venue.zone
        self._unresolved: list[tuple[Part, Unresolved]] = []
        windows = drawing_windows(spec, event, self._complain)
        opens = {row.name: row.pk for row in rows if row.kind == StockKind.OPEN}
        terms_by_row: dict[int, Terms] = {}
        for row, part in _parts(spec, rows):
            terms = Terms()
            if isinstance(part, Line) and part.draws != Draws.NONE:
                window = windows[part.channel_id]
                # The general row has no name, as a line that draws on it names no group.
                terms = Terms(opens[part.group], window.start, window.end)
            try:
                terms_by_row[row.pk] = replace(terms, releases_at=release_of(part, event))
            except Unresolved as error:
                self._complain(part, error)
        blamed = [part for part, _error in self._unresolved]
        self.terms = {
            row.pk: terms_by_row[row.pk] for row, part in _parts(spec, rows) if part not in blamed
        }

    def _complain(self, part: Part, error: Unresolved) -> None:
        self._unresolved.append((part, error))

    def refusals(self, pool: Pool, names: Mapping[int, str]) -> Iterator[str]:
        for part, error in self._unresolved:
            who = names[part.channel_id] if isinstance(part, Line) else f"“{part.name}”"
            yield f"{pool}, {who} {_rule(part, error.field, self._zone)}: {error.message}"


def _parts(spec: PlanSpec, rows: Sequence[Stock]) -> Iterator[tuple[Stock, Part]]:
    """The rows of which the plan says something."""
    lines = {line.channel_id: line for line in spec.lines}
    groups = {group.name: group for group in spec.groups}
    for row in rows:
        part = lines.get(row.channel_id or 0) if row.channel_id else groups.get(row.name)
        if part is not None:
            yield row, part


def _rule(part: Part, field: str, zone: ZoneInfo) -> str:
    """The rule that leads nowhere, as in “draws from “48h after on-sale””."""

    def shown(moment: datetime) -> str:
        return text.moment(moment, zone)

    if isinstance(part, Line) and field == "opens":
        return f"draws from “{told(opening_of(part), OPENING, shown)}”"
    if isinstance(part, Line) and field == "closes":
        return f"draws until “{told(closing_of(part), CLOSING, shown)}”"
    return f"goes back “{told(going_back_of(part), GOING_BACK, shown)}”"


def _sentences(refused: Sequence[str]) -> str:
    more = len(refused) - MAX_TOLD
    rest = [f"And {more} more of the kind."] if more > 0 else []
    return " ".join([*refused[:MAX_TOLD], *rest])
