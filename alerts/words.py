"""An alert in plain sentences: on the board, in messages, over the API.

``title`` says what is wrong in a line, ``reason`` by which numbers, ``place`` where. All are made of what
the alert has kept, so that they say the same when names and rules have changed. What is said of a
channel's own stock, velocity, sync and payments names no other channel: its partner may read it.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from alerts.kinds import kind_of
from alerts.models import Alert
from alerts.quantities import IN_WORDS, chance, number, span
from events.models import Venue
from transfers import words as transfer_words


def zone_of(venue: Venue | None) -> ZoneInfo:
    """In which times are told; of what concerns all venues in UTC."""
    return venue.zone if venue else ZoneInfo("UTC")


def lasted(alert: Alert, now: datetime) -> str:
    """How long it has stood, or stood until it ended."""
    minutes = ((alert.resolved_at or now) - alert.opened_at).total_seconds() / 60
    return span(minutes) if minutes >= 1 else _("less than a minute")


def title(alert: Alert) -> str:
    """What is wrong, in a line without the event: ``Website: 49 units left of General admission``."""
    return kind_of(alert).title(alert)


def reason(alert: Alert) -> str:
    """By which numbers it was found."""
    return kind_of(alert).reason(alert)


def place(alert: Alert) -> str:
    """Event, its start and venue, as far as it has them."""
    if alert.event is not None and alert.venue is not None:
        start = transfer_words.moment(alert.event.starts_at, alert.venue.zone)
        return f"{alert.event.name}, {start} · {alert.venue.name}"
    return alert.venue.name if alert.venue is not None else _("All venues")


def numbers(alert: Alert) -> list[tuple[str, str]]:
    """What was seen, and what was expected, as a table."""
    in_words = IN_WORDS[kind_of(alert).measure(alert)]
    rows = [(_("Seen"), in_words(alert.seen))]
    if alert.expected is not None:
        rows.append((_("Expected"), number(alert.expected)))
    if alert.low is not None and alert.high is not None:
        usual = _("%(low)s to %(high)s") % {"low": number(alert.low), "high": number(alert.high)}
        rows.append((_("Usual"), usual))
    if alert.probability is not None:
        rows.append((_("Chance"), chance(alert.probability)))
    else:
        rows.append((_("Threshold"), in_words(alert.threshold)))
    if alert.latest != alert.seen:
        rows.append((_("Latest"), in_words(alert.latest)))
    return rows
