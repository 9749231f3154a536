"""Unusual velocity: a channel sells faster or slower than its own past makes probable (alerts/velocity.py)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.enums import Kind, Measure, Pace
from alerts.evaluation.readings import Reading, lines
from alerts.kinds.base import HERE, AlertKind, Cadence, RuleConstraint, SoldByHour
from alerts.quantities import chance, exact_span, number, span, units
from alerts.velocity import (
    LARGEST_PROBABILITY,
    PROBABILITY,
    Direction,
    History,
    Judgement,
    Seen,
    has_ended,
    judge,
)

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule

# Whole slots of a quarter of an hour, of which a day has a whole number of windows.
WINDOWS = (15, 30, 60, 120, 180, 240, 360, 720, 1440)
# Rows whose past is worked out anew in a round, where a fifteenth of all is less.
MIN_HISTORY = 2_000


class UnusualVelocity(AlertKind):
    kind = Kind.VELOCITY
    cadence = Cadence.STOCK_BY_MINUTE
    threshold_help = gettext_lazy(
        "Units. Where fewer were sold and fewer were to be expected, nothing is judged: from 0 to 2 "
        "tickets is no news."
    )
    required_fields = ("window_minutes", "pace", "probability")
    optional_fields = ("pool", "channel", "tells_channel_team", "tells_partner")
    initial: ClassVar[Any] = {
        "pace": Pace.BOTH,
        "window_minutes": 60,
        "probability": PROBABILITY,
    }
    help_texts: ClassVar[Any] = {
        "window_minutes": gettext_lazy(
            "What was sold in so many minutes is compared with what is usual then."
        ),
        "probability": gettext_lazy(
            "How likely such a count may be by chance: 0.00001 is 1 in 100,000. Smaller: fewer alerts."
        ),
    }
    constraint = RuleConstraint(
        "alertrule_velocity_has_its_window",
        (
            Q(
                kind=Kind.VELOCITY,
                window_minutes__isnull=False,
                window_minutes__in=WINDOWS,
                probability__isnull=False,
                probability__gt=0,
                probability__lte=LARGEST_PROBABILITY,
            )
            & ~Q(pace="")
        )
        | (~Q(kind=Kind.VELOCITY) & Q(window_minutes=None, probability=None, pace="")),
        "window_minutes",
        gettext_lazy(
            "Say in how many minutes, which pace, and below which probability up to 0.001."
        ),
    )

    @cached_property
    def history_statement(self) -> str:
        """Works out anew what the past windows of each row were."""
        return (HERE / "velocity_history.sql").read_text()

    def refresh(self, now: datetime, events: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                self.history_statement,
                {"events": list(events), "now": now, "minimum": MIN_HISTORY},
            )

    def readings(self, now: datetime, events: Sequence[int] = ()) -> Iterator[Reading]:
        if not events:
            return
        for line in lines(self.statement, events=list(events), now=now):
            yield from _readings(line)

    def title(self, alert: "Alert") -> str:
        details: dict[str, Any] = alert.details
        if details["pace"] == Pace.FASTER:
            return _("%(channel)s sells faster than usual: %(pool)s") % details
        return _("%(channel)s sells slower than usual: %(pool)s") % details

    def reason(self, alert: "Alert") -> str:
        details: dict[str, Any] = alert.details
        return _(
            "%(seen)s sold in the last %(span)s, where %(expected)s were to be expected and %(low)s to"
            " %(high)s are usual%(basis)s. Chance alone does that %(chance)s times."
        ) % {
            "seen": units(round(alert.seen)),
            "span": span(details["minutes"]),
            "expected": number(alert.expected or 0),
            "low": number(alert.low or 0),
            "high": number(alert.high or 0),
            "basis": _(" at this hour") if details.get("basis") == "SAME_HOUR" else "",
            "chance": chance(alert.probability or 0),
        }

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.UNITS

    def chart(self, alert: "Alert") -> SoldByHour:
        del alert
        return SoldByHour()

    def condition(self, rule: "AlertRule") -> str:
        texts = {
            Pace.BOTH: _(
                "when it sells faster or slower than usual in %(window)s, as chance alone does less than %(chance)s times"
            ),
            Pace.FASTER: _(
                "when it sells faster than usual in %(window)s, as chance alone does less than %(chance)s times"
            ),
            Pace.SLOWER: _(
                "when it sells slower than usual in %(window)s, as chance alone does less than %(chance)s times"
            ),
        }
        return texts[Pace(rule.pace)] % {
            "window": exact_span(rule.window_minutes or 0),
            "chance": chance(rule.probability or 0),
        }

    def notes(self, rule: "AlertRule") -> list[str]:
        text = _("Where fewer than %s were sold and expected, nothing is judged.")
        return [text % units(int(rule.threshold))]


def _readings(line: dict[str, Any]) -> Iterator[Reading]:
    """Faster and slower are two conditions: one may begin while the other has not ended."""
    seen = Seen(line["seen"], line["open_now"])
    same_hour, any_hour = (
        History(*(line[f"{which}_{what}"] for what in ("windows", "units", "squares", "open")))
        for which in ("same", "any")
    )
    limit = line["probability"]
    judgement = judge(seen, same_hour, any_hour, probability=limit, min_units=line["threshold"])
    if judgement is None and not line["stands"]:
        return
    for direction in Direction:
        own = judgement if judgement is not None and judgement.direction == direction else None
        yield Reading(
            rule_id=line["rule_id"],
            subject=f"pool:{line['pool_id']} channel:{line['channel_id']} {direction}",
            venue_id=line["venue_id"],
            event_id=line["event_id"],
            pool_id=line["pool_id"],
            channel_id=line["channel_id"],
            seen=seen.units,
            threshold=line["threshold"],
            holds=own is not None and line["pace"] in (Pace.BOTH, direction),
            has_ended=has_ended(direction, seen, same_hour, any_hour, probability=limit),
            details={
                "pace": direction.value,
                "minutes": round(line["window_minutes"] * seen.open),
                "limit": limit,
                **_basis(own),
            },
            **_numbers(own),
        )


def _numbers(judgement: Judgement | None) -> dict[str, Any]:
    if judgement is None:
        return {}
    names = ("expected", "low", "high", "probability")
    return {name: getattr(judgement, name) for name in names}


def _basis(judgement: Judgement | None) -> dict[str, Any]:
    if judgement is None:
        return {}
    return {"basis": judgement.basis.value, "dispersion": judgement.dispersion}
