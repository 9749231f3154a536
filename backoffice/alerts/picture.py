"""The small picture of an alert: what was seen, against what is usual or what the threshold is.

Only geometry, in percent of the width; the template draws it, and its words stand beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alerts import words
from alerts.enums import STANDING, Measure
from alerts.kinds import kind_of
from alerts.kinds.base import Side
from alerts.models import Alert
from alerts.quantities import IN_WORDS, percent

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
    in_words: str  # the same in words


def draw(alert: Alert) -> Picture | None:
    """``None`` where a picture would say nothing."""
    kind = kind_of(alert)
    if not kind.has_picture:
        return None
    if sides := kind.sides(alert):
        return _compared(alert, sides)
    unit = IN_WORDS[kind.measure(alert)]
    values = [(_("Seen"), alert.seen, True)]
    if alert.latest != alert.seen and alert.status in STANDING:
        values.append((_("Now"), alert.latest, False))
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
            for label, value, is_first in values
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


def _compared(alert: Alert, sides: Sequence[Side]) -> Picture:
    """Both channels, each with how far its own part is sold, and what that is measured by."""
    return Picture(
        tuple(
            Bar(
                side.channel,
                percent(side.share),
                _at(side.share, WHOLE),
                place == 0,
                _at(side.threshold, WHOLE),
            )
            for place, side in enumerate(sides)
        ),
        _("threshold"),
        None,
        words.reason(alert),
    )


def _is_share(alert: Alert) -> bool:
    return kind_of(alert).measure(alert) == Measure.PERCENT


def _at(value: float, whole: float) -> float:
    return min(max(value / whole * 100, 0), 100)
