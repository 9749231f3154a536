"""An alert in plain sentences: on the board, in messages, over the API.

``title`` says what is wrong in a line, ``reason`` by which numbers, ``place`` where. All are made of what
the alert has kept, so that they say the same when names and rules have changed. What is said of a
channel's own stock, velocity, sync and payments names no other channel: its partner may read it.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.enums import Kind, Pace, Per, Unit
from alerts.models import Alert
from allocations.plans.text import phrases
from events.models import Venue
from transfers import words as transfer_words
from transfers.enums import ChangeKind

A_DAY = 24 * 60
# Up to so many minutes they are told, and hours up to so many days.
MINUTES_ARE_TOLD = 120
DAYS_ALONE = 3
TENTHS_BELOW = 100
MIN_TOLD = 1e-12


def zone_of(venue: Venue | None) -> ZoneInfo:
    """In which times are told; of what concerns all venues in UTC."""
    return venue.zone if venue else ZoneInfo("UTC")


def number(value: float) -> str:
    """With groups of digits; a tenth only where there is one, and of small numbers."""
    rounded = round(value, 1)
    whole = rounded == int(rounded) or abs(rounded) >= TENTHS_BELOW
    return number_format(
        round(value) if whole else rounded, decimal_pos=0 if whole else 1, force_grouping=True
    )


def percent(value: float) -> str:
    return _("%s %%") % number(value)


def span(minutes: float) -> str:
    """``45 minutes``, ``3 hours``, ``2 days``: whole ones, rounded down."""
    count = int(minutes)
    if count < MINUTES_ARE_TOLD:
        return ngettext("%s minute", "%s minutes", count) % number(count)
    if count < DAYS_ALONE * A_DAY:
        return ngettext("%s hour", "%s hours", count // 60) % number(count // 60)
    return ngettext("%s day", "%s days", count // A_DAY) % number(count // A_DAY)


def lasted(alert: Alert, now: datetime) -> str:
    """How long it has stood, or stood until it ended."""
    minutes = ((alert.resolved_at or now) - alert.opened_at).total_seconds() / 60
    return span(minutes) if minutes >= 1 else _("less than a minute")


def chance(probability: float) -> str:
    """``1 in 25,000``, rounded to what can be believed of it."""
    if probability < MIN_TOLD:
        return _("less than 1 in 1,000,000,000,000")
    inverse = 1 / probability
    digits = len(str(int(inverse))) - 2
    return _("1 in %s") % number(round(inverse, -digits) if digits > 0 else round(inverse))


def title(alert: Alert) -> str:
    """What is wrong, in a line without the event: ``Website: 49 units left of General admission``."""
    return _TITLES[Kind(alert.kind)](alert)


def reason(alert: Alert) -> str:
    """By which numbers it was found."""
    return _REASONS[Kind(alert.kind)](alert)


def place(alert: Alert) -> str:
    """Event, its start and venue, as far as it has them."""
    if alert.event is not None and alert.venue is not None:
        start = transfer_words.moment(alert.event.starts_at, alert.venue.zone)
        return f"{alert.event.name}, {start} · {alert.venue.name}"
    return alert.venue.name if alert.venue is not None else _("All venues")


def numbers(alert: Alert) -> list[tuple[str, str]]:
    """What was seen, and what was expected, as a table."""
    unit = unit_of(alert)
    found = [(_("Seen"), unit(alert.seen))]
    if alert.expected is not None:
        found.append((_("Expected"), number(alert.expected)))
    if alert.low is not None and alert.high is not None:
        usual = _("%(low)s to %(high)s") % {"low": number(alert.low), "high": number(alert.high)}
        found.append((_("Usual"), usual))
    if alert.probability is not None:
        found.append((_("Chance"), chance(alert.probability)))
    else:
        found.append((_("Threshold"), unit(alert.threshold)))
    if alert.latest != alert.seen:
        found.append((_("Latest"), unit(alert.latest)))
    return found


def unit_of(alert: Alert) -> Any:
    match Kind(alert.kind):
        case Kind.OVERSELL_RISK | Kind.SELL_THROUGH_GAP:
            return percent
        case Kind.LOW_STOCK if alert.details.get("unit") == Unit.PERCENT:
            return percent
        case Kind.TRANSFER_WAITING | Kind.SYNC_OVERDUE:
            return span
        case Kind.PAYMENT_OVERDUE:
            return lambda count: span(count * A_DAY) if count >= DAYS_ALONE else days(count)
        case Kind.LOW_STOCK | Kind.VELOCITY:
            return lambda count: phrases.units(round(count))
        case _other:
            return number


def days(count: float) -> str:
    return ngettext("%s day", "%s days", int(count)) % number(int(count))


# --- By kind ------------------------------------------------------------------------------


def _low_stock(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    left = phrases.units(told["left"])
    match told["per"]:
        case Per.CHANNEL:
            return _("%(channel)s: %(left)s left of %(pool)s") % {**told, "left": left}
        case Per.POOL:
            return _("%(pool)s: %(left)s left") % {**told, "left": left}
        case _item:
            return _("%(item)s: %(left)s left") % {
                **told,
                "left": ngettext("%s item", "%s items", told["left"]) % number(told["left"]),
            }


def _low_stock_why(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    values = {
        "left": number(told["left"]),
        "all": number(told["all"]),
        "share": percent(100 * told["left"] / told["all"] if told["all"] else 0),
        "threshold": unit_of(alert)(alert.threshold),
    }
    return (
        _("%(left)s of %(all)s can still be sold (%(share)s); the limit is %(threshold)s.") % values
    )


def _risk(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return _("%(pool)s: %(share)s committed") % {**told, "share": percent(alert.seen)}


def _risk_why(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return _(
        "%(committed)s of a capacity of %(capacity)s are sold or held, over all channels; the limit is"
        " %(threshold)s."
    ) % {
        "committed": number(told["committed"]),
        "capacity": number(told["capacity"]),
        "threshold": percent(alert.threshold),
    }


def _velocity(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    text = (
        _("%(channel)s sells faster than usual: %(pool)s")
        if told["pace"] == Pace.FASTER
        else _("%(channel)s sells slower than usual: %(pool)s")
    )
    return text % told


def _velocity_why(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return _(
        "%(seen)s sold in the last %(span)s, where %(expected)s were to be expected and %(low)s to"
        " %(high)s are usual%(basis)s. Chance alone does that %(chance)s times."
    ) % {
        "seen": phrases.units(round(alert.seen)),
        "span": span(told["minutes"]),
        "expected": number(alert.expected or 0),
        "low": number(alert.low or 0),
        "high": number(alert.high or 0),
        "basis": _(" at this hour") if told.get("basis") == "SAME_HOUR" else "",
        "chance": chance(alert.probability or 0),
    }


def _gap(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return _("%(pool)s: %(fast)s has sold %(high)s, %(slow)s %(low)s") % {
        "pool": told["pool"],
        "fast": told["high"]["channel"],
        "slow": told["low"]["channel"],
        "high": percent(told["high"]["share"]),
        "low": percent(told["low"]["share"]),
    }


def _gap_why(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    sides = [
        _("%(channel)s has sold %(sold)s of its %(own)s (%(share)s)")
        % {
            "channel": side["channel"],
            "sold": number(side["sold"]),
            "own": phrases.units(side["own"]),
            "share": percent(side["share"]),
        }
        for side in (told["high"], told["low"])
    ]
    return _("%(high)s, %(low)s. Told from %(from)s against %(to)s.") % {
        "high": sides[0],
        "low": sides[1],
        "from": percent(alert.threshold),
        "to": percent(told["other_threshold"]),
    }


def _transfer(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    if "change" in told:
        return _("A change waits for approval: %(kind)s, %(change)s") % {
            **told,
            "kind": ChangeKind(told["kind"]).label,
        }
    return _("A transfer waits for approval: %(units)s from %(source)s to %(target)s") % {
        **told,
        "units": phrases.units(told["units"]),
    }


def _transfer_why(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    if alert.seen < 1:
        waits = _("It was asked for just now: “%(reason)s”") % told
    else:
        waits = _("It has waited for %(span)s: “%(reason)s”") % {**told, "span": span(alert.seen)}
    return f"{told['takes']}. {waits}" if "takes" in told else waits


def _sync(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return _("%(channel)s has not synced for %(span)s") % {**told, "span": span(alert.seen)}


def _sync_why(alert: Alert) -> str:
    return _("It was last heard from %(span)s ago; it should report every %(threshold)s.") % {
        "span": span(alert.seen),
        "threshold": span(alert.threshold),
    }


def _payment(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return _("%(channel)s owes %(amounts)s beyond its day") % told


def _payment_why(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return ngettext(
        "%(count)s booking is unpaid, overdue since %(days)s.",
        "%(count)s bookings are unpaid, the oldest overdue since %(days)s.",
        told["bookings"],
    ) % {"count": number(told["bookings"]), "days": days(alert.seen)}


def _failing(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    if told["is_disabled"]:
        return _("Messages to %(endpoint)s are refused, and it is disabled") % told
    return _("Messages to %(endpoint)s cannot be delivered") % told


def _failing_why(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    tried = ngettext("%s attempt has failed.", "%s attempts in a row have failed.", int(alert.seen))
    return f"{tried % number(alert.seen)} {told['reason']}"


def _ledger(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return ngettext(
        "Stock, ledger and bookings differ in %s row",
        "Stock, ledger and bookings differ in %s rows",
        told["differences"],
    ) % number(told["differences"])


def _ledger_why(alert: Alert) -> str:
    told: dict[str, Any] = alert.details
    return _("%s Run “manage.py reconcile” for all.") % " · ".join(told["lines"])


_TITLES = {
    Kind.LOW_STOCK: _low_stock,
    Kind.OVERSELL_RISK: _risk,
    Kind.VELOCITY: _velocity,
    Kind.SELL_THROUGH_GAP: _gap,
    Kind.TRANSFER_WAITING: _transfer,
    Kind.SYNC_OVERDUE: _sync,
    Kind.PAYMENT_OVERDUE: _payment,
    Kind.DELIVERY_FAILING: _failing,
    Kind.LEDGER_DIFFERENCE: _ledger,
}
_REASONS = {
    Kind.LOW_STOCK: _low_stock_why,
    Kind.OVERSELL_RISK: _risk_why,
    Kind.VELOCITY: _velocity_why,
    Kind.SELL_THROUGH_GAP: _gap_why,
    Kind.TRANSFER_WAITING: _transfer_why,
    Kind.SYNC_OVERDUE: _sync_why,
    Kind.PAYMENT_OVERDUE: _payment_why,
    Kind.DELIVERY_FAILING: _failing_why,
    Kind.LEDGER_DIFFERENCE: _ledger_why,
}
