"""A run made ready: its scene read, its demand found, both plans put in place; then any seed of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import merge
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.errors import InvalidInputError
from common.text import number
from events.models import Event
from offline.models import FileLine
from planning.enums import DemandKind
from planning.models import WhatIfRun
from planning.whatif import plan_json, plans, sources
from planning.whatif.courses import Course, planned
from planning.whatif.demand import Demand, Real, Step
from planning.whatif.engine import Run, Settings
from planning.whatif.history import History, history_of
from planning.whatif.results import as_json
from planning.whatif.scene import Scene, scene_of
from sales.models import Booking

# The stretches of time in which sales are counted.
STRETCHES = 24
# More buyers take a worker for half an hour, and longer to read than a claim lasts.
MOST_BUYERS = 50_000


@dataclass(slots=True)
class Simulation:
    """``courses``: one a side, with the steps that belong to it alone."""

    scene: Scene
    demand: Demand
    courses: Sequence[tuple[Course, Sequence[Step]]]
    settings: Settings
    until: float
    notes: list[str] = field(default_factory=list)

    @property
    def begins_at(self) -> datetime:
        return datetime.fromtimestamp(min(self.scene.begins, self.until), UTC)

    @property
    def ends_at(self) -> datetime:
        return datetime.fromtimestamp(self.until, UTC)

    def of_seed(self, seed: int) -> list[dict[str, Any]]:
        """What each side came to; the same buyers come to both."""
        steps = self.demand.of_seed(seed)
        results = []
        for course, own in self.courses:
            both = list(merge(own, steps)) if own else steps
            run = Run(self.scene, course, self.settings)
            results.append(as_json(run.play(both, self.until)))
        return results


def prepare(run: WhatIfRun) -> Simulation:
    """Raises ``RefusedError`` for what cannot be run, in words."""
    event = Event.objects.select_related("venue").get(pk=run.event_id)
    _check_size(run)
    specs = [plan_json.read(side) if side else None for side in run.plans]
    scene = scene_of(event, [spec for spec in specs if spec])
    is_own = run.demand["kind"] == DemandKind.OWN
    until = run.made_at.timestamp() if is_own else scene.ends
    until = min(until, scene.ends) if not is_own else until
    history = history_of(scene) if is_own else None
    demand, notes = demand_of(scene, run.demand, history, until)
    courses = [_course(scene, spec, history) for spec in specs]
    begins = min(scene.begins, until)
    length = (until - begins) / STRETCHES
    bounds = [begins + length * (part + 1) for part in range(STRETCHES)]
    answer = None if run.answer_hours is None else float(run.answer_hours)
    return Simulation(scene, demand, courses, Settings(run.moves, answer, bounds), until, notes)


def _check_size(run: WhatIfRun) -> None:
    """Counted no further than the bound, before anything is read."""
    kind = run.demand["kind"]
    if kind == DemandKind.CURVE:
        return
    if kind == DemandKind.FILE:
        rows: QuerySet[Any] = FileLine.objects.filter(file=int(run.demand["file"]))
    else:
        source = run.event_id if kind == DemandKind.OWN else int(run.demand["event"])
        rows = Booking.objects.filter(event=source)
    if rows[: MOST_BUYERS + 1].count() > MOST_BUYERS:
        raise InvalidInputError(
            _(
                "A what-if goes through %(most)s bookings at most, and these sales have more. Choose a curve, or"
                " the sales of a smaller event."
            )
            % {"most": number(MOST_BUYERS)}
        )


def _course(
    scene: Scene, spec: Mapping[int, Any] | None, history: History | None
) -> tuple[Course, Sequence[Step]]:
    if spec is None:
        if history is None:
            raise InvalidInputError("As it went: that is known of the event’s own sales alone.")
        return history.as_it_went(scene)
    course = planned(scene, spec)
    return course, history.limits(course) if history else ()


def demand_of(
    scene: Scene, demand: Mapping[str, Any], history: History | None, until: float
) -> tuple[Demand, list[str]]:
    """The demand that was chosen, and what is to be said of it."""
    kind = demand["kind"]
    away = int(demand.get("away", 0))
    if kind == DemandKind.OWN:
        stories = history.stories if history else ()
        if not any(not story.is_fixed for story in stories):
            raise InvalidInputError("The event has sold nothing yet: choose another demand.")
        extras = sources.turned_away_of(scene, scene.event, away, until) if away else ()
        return Real(stories, extras), []
    if kind == DemandKind.CURVE:
        shares = {int(channel): float(share) for channel, share in demand["shares"].items()}
        return sources.of_curve(scene, demand["shape"], int(demand["tickets"]), shares), []
    if kind == DemandKind.EVENT:
        source = Event.objects.select_related("venue").filter(
            pk=demand["event"], venue=scene.event.venue_id
        )
        if (other := source.first()) is None:
            raise InvalidInputError("There is no such event of this venue.")
        sales = sources.of_event(scene, other, int(demand["percent"]), away)
    else:
        sales = sources.of_file(scene, int(demand["file"]), int(demand["percent"]))
    if not sales.tickets:
        raise InvalidInputError(
            "None of those sales are of channels and items that this event has."
        )
    return sales.demand, _unknown(sales)


def _unknown(sales: sources.Sales) -> list[str]:
    unknown = sales.unknown.total()
    if not unknown:
        return []
    return [
        _(
            "%(count)s tickets are left out: this event does not sell %(items)s through their channel."
        )
        % {"count": number(unknown), "items": ", ".join(sorted(sales.unknown)[:5])}
    ]


def digest_of(scene: Scene) -> str:
    """Of the set-up on which results rest."""
    setup = scene.setup
    text = f"{setup.config_version}|{setup.surroundings}|{scene.rules}|{scene.policy}"
    return hashlib.sha256(text.encode()).hexdigest()


def chosen_plan(choice: plans.Choice, event: Event, now: datetime) -> dict[str, Any] | None:
    """As a run keeps it; ``None``: as it went."""
    if choice.kind == plans.HISTORY:
        return None
    if choice.kind == plans.RECOMMENDED:
        return _recommended(choice, event, now)
    return plan_json.write(plans.specs_of(choice, event, now))


def _recommended(choice: plans.Choice, event: Event, now: datetime) -> dict[str, Any]:
    """What a run of the event has recommended; of pools in which prices do not differ, the plan in force."""
    run = WhatIfRun.objects.filter(pk=choice.event_id or 0, event=event).first()
    if run is None or not run.recommendation:
        raise InvalidInputError("That what-if recommends no plan: prices do not differ.")
    own = plan_json.write(plans.specs_of(plans.Choice(plans.IN_FORCE), event, now))
    return {**own, **run.recommendation["plan"]}
