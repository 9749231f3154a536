"""One run: set the stage, put the guide's five points to the running system, and take the stage down."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from common.actor import Actor
from common.errors import RefusedError
from events.models import Event
from golive.checks import approval, channels, limits, sales, team_alerts
from golive.client import UnreachableError
from golive.enums import CheckKind
from golive.results import Finding, Result, failed, passed
from golive.stage import Stage, set_stage

# How far it is: the step that begins now, counted from 0.
Tell = Callable[[int, str], None]
Check = Callable[[Stage], Iterable[Finding]]
STEPS = 2 + len(CheckKind)

NEXT_STEP_UNREACHABLE = "See whether the system runs, and whether FINLO_PUBLIC_URL and FINLO_ALLOWED_HOSTS name its address."


def checks(by: Actor) -> dict[CheckKind, Check]:
    """In the order in which they are run: what sells out comes after what reads and is refused."""
    return {
        CheckKind.CHANNELS: channels.check,
        CheckKind.LIMITS: limits.check,
        CheckKind.SALES: sales.check,
        CheckKind.APPROVAL: approval.check,
        CheckKind.ALERTS: partial(team_alerts.check, by=by),
    }


def run(event: Event, *, by: Actor, tell: Tell, go_on: Callable[[], None]) -> list[Result]:
    """What the checks have found, in the guide's order. Nothing of the rehearsal is left.

    Raises what ``tell`` and ``go_on`` raise: the run stops there.
    """
    tell(0, "Setting up the rehearsal")
    results: dict[CheckKind, Result] = {}
    try:
        with set_stage(event, by=by, go_on=go_on) as stage:
            for place, (kind, check) in enumerate(checks(by).items(), 1):
                tell(place, str(kind.label))
                results[kind] = Result(kind, list(findings(check, stage)))
            tell(STEPS - 1, "Removing the rehearsal")
            if opened := stage.rehearsal.opened:
                first = results[CheckKind.CHANNELS]
                notes = [passed(sentence) for sentence in opened]
                results[CheckKind.CHANNELS] = Result(first.kind, [*first.findings, *notes])
    except RefusedError as error:
        finding = failed(
            f"No rehearsal could be made: {error.detail}", "Complete the set-up of the event."
        )
        return [
            Result(kind, results[kind].findings if kind in results else [finding])
            for kind in CheckKind
        ]
    return [results[kind] for kind in CheckKind]


def findings(check: Check, stage: Stage) -> Iterator[Finding]:
    """What could be found; a system that does not answer has failed the check."""
    try:
        yield from check(stage)
    except UnreachableError as error:
        yield failed(str(error), NEXT_STEP_UNREACHABLE)
