"""The small picture of an alert: what was seen, against what is usual or what the threshold is.

Only geometry, in percent of the width; the template draws it, and its words stand beside it.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from alerts import words
from alerts.enums import STANDING, Kind, Unit
from alerts.models import Alert

# So that what lies past the threshold is seen as such.
ROOM = 1.25
WHOLE = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: str
    width: float
    is_first: bool  # solid; what is only said beside it is an outline
    tick: float | None  # what it is measured by


@dataclass(frozen=True, slots=True)
class Band:
    """Where it is usual."""

    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Picture:
    bars: tuple[Bar, ...]
    measure: str  # what the ticks are; empty without any
    band: Band | None
    told: str  # the same in words


def draw(alert: Alert) -> Picture | None:
    """``None`` where a picture would say nothing."""
    if alert.kind == Kind.LEDGER_DIFFERENCE:
        return None
    if alert.kind == Kind.SELL_THROUGH_GAP:
        return _gap(alert)
    unit = words.unit_of(alert)
    seen = [(_("Seen"), alert.seen, True)]
    if alert.latest != alert.seen and alert.status in STANDING:
        seen.append((_("Now"), alert.latest, False))
    measure, mark = _measure(alert)
    maximum = max(alert.seen, alert.latest, mark or 0, alert.high or 0)
    if maximum <= 0:
        return None
    whole = min(maximum * ROOM, WHOLE) if _is_share(alert) and maximum <= WHOLE else maximum * ROOM
    return Picture(
        tuple(
            Bar(
                label,
                unit(value),
                _at(value, whole),
                is_first,
                None if mark is None else _at(mark, whole),
            )
            for label, value, is_first in seen
        ),
        measure,
        Band(_at(alert.low, whole), _at(alert.high - alert.low, whole))
        if alert.low is not None and alert.high is not None
        else None,
        words.reason(alert),
    )


def _measure(alert: Alert) -> tuple[str, float | None]:
    if alert.expected is not None:
        return _("expected"), alert.expected
    return (_("threshold"), alert.threshold) if alert.threshold > 0 else ("", None)


def _gap(alert: Alert) -> Picture:
    """Both channels, each with how far its own part is sold, and what that is measured by."""
    sides = (
        (alert.details["high"], alert.threshold, True),
        (alert.details["low"], alert.details["other_threshold"], False),
    )
    return Picture(
        tuple(
            Bar(
                side["channel"],
                words.percent(side["share"]),
                _at(side["share"], WHOLE),
                is_first,
                _at(mark, WHOLE),
            )
            for side, mark, is_first in sides
        ),
        _("threshold"),
        None,
        words.reason(alert),
    )


def _is_share(alert: Alert) -> bool:
    return alert.kind == Kind.OVERSELL_RISK or alert.details.get("unit") == Unit.PERCENT


def _at(value: float, whole: float) -> float:
    return min(max(value / whole * 100, 0), 100)
