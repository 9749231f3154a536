"""What an event's plans say to one channel: all pools in one document, made when it is asked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocations.enums import PlanStatus, StockKind, Team
from allocations.models import AllocationPlan, SalesChannel, Stock
from allocations.plans.spec import PlanSpec
from allocations.plans.text import present
from allocations.plans.text.comparing import Difference, compare_for
from allocations.plans.text.given import Given, given_to
from allocations.plans.text.terms import Term, terms_of
from common.text import minute
from events.models import Event, Pool

# A plan that is applied while the document is read would disagree with the stock beside it.
LOOKS = 3


@dataclass(frozen=True, slots=True)
class PoolPart:
    """One pool. Without ``plan`` none is in force.

    ``row``: the channel's stock as it is, where the document is of what is in force. ``changes``:
    what this version says to the channel otherwise than the one before.
    """

    pool: Pool
    plan: AllocationPlan | None
    given: Given | None
    row: Stock | None
    status: str
    terms: tuple[Term, ...]
    changes: tuple[Difference, ...]

    @property
    def sentences(self) -> list[str]:
        return [self.status, *(term.text for term in self.terms)]


@dataclass(frozen=True, slots=True)
class Document:
    """For one channel, at ``now``; ``terms`` hold for all pools."""

    event: Event
    channel: SalesChannel
    now: datetime
    parts: tuple[PoolPart, ...]
    terms: tuple[Term, ...]

    @property
    def zone(self) -> ZoneInfo:
        return self.event.venue.zone

    @property
    def sentences(self) -> list[str]:
        """The whole as text, each pool's sentences behind its name."""
        pools = ([f"{part.pool.name}:", *part.sentences] for part in self.parts)
        return [*chain.from_iterable(pools), *(term.text for term in self.terms)]


def document_of(event: Event, channel: SalesChannel, now: datetime) -> Document:
    """What is in force, in every pool in which the channel has stock. ``event`` with its venue.

    A fixed number of statements, however many pools there are.
    """
    plans, rows = _read(event, channel)
    before = _versions_before(plans.values())
    common = _common_stock(rows.values())
    parts = []
    for pool in event.pools.order_by("position", "pk"):
        row, plan = rows.get(pool.pk), plans.get(pool.pk)
        if row is not None and plan is not None:
            pool.event = event
            spec, old = PlanSpec.read(plan), before.get(pool.pk)
            common_now = common.get(row.draws_on_id) if row.draws_on_id else None
            parts.append(
                _part(
                    pool,
                    spec,
                    channel,
                    now,
                    plan=plan,
                    before=old,
                    row=row,
                    common_now=common_now,
                )
            )
        elif row is not None:
            parts.append(_without_plan(pool, row, event.venue.zone))
    return _document(event, channel, now, parts)


def document_of_version(plan: AllocationPlan, channel: SalesChannel, now: datetime) -> Document:
    """One version, draft or old, of one pool alone. ``plan`` with its pool, event and venue."""
    pool, old = plan.pool, _versions_before([plan]).get(plan.pool_id)
    part = _part(pool, PlanSpec.read(plan), channel, now, plan=plan, before=old)
    return _document(pool.event, channel, now, [part])


def channels_of(event: Event) -> QuerySet[SalesChannel]:
    """Those with stock of the event: each has a document."""
    rows = Stock.objects.filter(event=event, kind=StockKind.CHANNEL)
    return SalesChannel.objects.filter(pk__in=rows.values("channel")).order_by("name", "pk")


# --- Reading --------------------------------------------------------------------------------------


def _read(
    event: Event, channel: SalesChannel
) -> tuple[Mapping[int, AllocationPlan], Mapping[int, Stock]]:
    """The plans in force and the channel's rows, by pool, of one moment if that can be had."""
    in_force = AllocationPlan.objects.filter(pool__event=event, status=PlanStatus.IN_FORCE)
    own = Stock.objects.filter(event=event, channel=channel, kind=StockKind.CHANNEL)
    plans: dict[int, AllocationPlan] = {}
    rows: dict[int, Stock] = {}
    for _look in range(LOOKS):
        query = in_force.prefetch_related("lines", "groups")
        plans = {plan.pool_id: plan for plan in query}
        rows = {row.pool_id: row for row in own.select_related("draws_on") if row.pool_id}
        if set(in_force.values_list("pk", flat=True)) == {plan.pk for plan in plans.values()}:
            break
    return plans, rows


def _common_stock(rows: Iterable[Stock]) -> dict[int, int]:
    """By common open row, what all who draw on it have of it: what is left, and what they have drawn."""
    named = {row.draws_on.pk: row.draws_on for row in rows if row.draws_on and row.draws_on.name}
    drawn = Stock.objects.filter(draws_on__in=named).order_by().values_list("draws_on")
    drawn_by_row = dict(drawn.annotate(taken=Sum("drawn")))
    return {pk: row.quantity + drawn_by_row.get(pk, 0) for pk, row in named.items()}


def _versions_before(plans: Iterable[AllocationPlan]) -> dict[int, AllocationPlan]:
    """By pool, what each plan came or would come after: of a draft, what is in force."""
    condition = Q(pk=None)
    for plan in plans:
        which = (
            Q(status=PlanStatus.IN_FORCE) if plan.version is None else Q(version=plan.version - 1)
        )
        condition |= Q(pool=plan.pool_id) & which
    versions = AllocationPlan.objects.filter(condition).prefetch_related("lines", "groups")
    return {plan.pool_id: plan for plan in versions}


# --- Writing --------------------------------------------------------------------------------------


def _part(
    pool: Pool,
    spec: PlanSpec,
    channel: SalesChannel,
    now: datetime,
    *,
    plan: AllocationPlan,
    before: AllocationPlan | None = None,
    row: Stock | None = None,
    common_now: int | None = None,
) -> PoolPart:
    zone = pool.event.venue.zone
    given = given_to(channel.pk, spec, pool.event, pool.capacity)
    if row is not None:
        given = replace(given, own_now=row.quantity - row.drawn, common_now=common_now)
    terms = list(terms_of(given, now))
    if row is not None:
        terms = present.in_force(terms, row, given, now)
    if spec.note:
        is_changed = row is not None and _is_changed(terms, given, now)
        older = _("%s (Written with the plan, before the changes that are told here.)")
        terms.append(Term(_("Note"), older % spec.note if is_changed else spec.note))
    changes: list[Difference] = []
    if before is not None:
        changes = compare_for(channel.pk, PlanSpec.read(before), spec, zone)
    return PoolPart(pool, plan, given, row, status_of(plan, zone), tuple(terms), tuple(changes))


def _is_changed(terms: Iterable[Term], given: Given, now: datetime) -> bool:
    """Whether something is otherwise than the plan says: its note may then be of what is no more."""
    if given.own_now != given.part.units and not given.part.is_over(now):
        return True
    return any(term.label == _("Changed since") for term in terms)


def _without_plan(pool: Pool, row: Stock, zone: ZoneInfo) -> PoolPart:
    terms = tuple(present.without_plan(row, zone))
    return PoolPart(pool, None, None, row, _("No plan is in force."), terms, ())


def status_of(plan: AllocationPlan, zone: ZoneInfo) -> str:
    """Which version it is, whether it holds, since when and why."""
    if plan.applied_at is None:
        return _("This is a draft of a plan. It is not in force.")
    values = {
        "version": plan.version,
        "when": minute(plan.applied_at, zone),
        "reason": plan.reason,
    }
    if plan.status == PlanStatus.IN_FORCE:
        text = _(
            "Version %(version)d of the plan is in force since %(when)s, because “%(reason)s”."
        )
    else:
        text = _(
            "Version %(version)d of the plan was applied on %(when)s, because “%(reason)s”. It is no "
            "longer in force; units and times are told for the present capacity and date."
        )
    return text % values


def _document(
    event: Event, channel: SalesChannel, now: datetime, parts: Iterable[PoolPart]
) -> Document:
    return Document(event, channel, now, tuple(parts), tuple(_general(event, channel)))


def _general(event: Event, channel: SalesChannel) -> Iterator[Term]:
    days = channel.settlement_days
    if days:
        text = ngettext(
            "A confirmed booking is to be paid within %d day.",
            "A confirmed booking is to be paid within %d days.",
            days,
        )
        yield Term(_("Payment"), text % days)
    else:
        yield Term(_("Payment"), _("A confirmed booking is paid at once."))
    text = _(
        "Your part is changed by a new version of the plan or by a transfer of units, always with a "
        "reason that is kept: your allocation statement lists every change. To have more or to give "
        "some back, ask %s, or send a request by the API."
    )
    yield Term(_("Changes"), text % _teams()[Team(channel.team)])
    times = _("All times are those of the venue, %s.")
    yield Term(_("Times"), times % event.venue.time_zone)


def _teams() -> Mapping[Team, str]:
    return {
        Team.BOX_OFFICE: _("the venue's box office"),
        Team.PARTNERS: _("the venue's partner managers"),
        Team.FINANCE: _("the venue's finance team"),
    }
