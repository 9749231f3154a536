"""A move in one sentence, for whoever approves it and for the partners whom it concerns."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.text import minute, number
from transfers.dynamic.split import Move, Row


def sentence(move: Move, names: Mapping[int, str], zone: ZoneInfo) -> str:
    """Both channels' forecasts and unsold units, on the venue's clock, and what follows from them."""
    return ngettext(
        "%(receiver)s; %(giver)s: %(units)s unit moves.",
        "%(receiver)s; %(giver)s: %(units)s units move.",
        move.units,
    ) % {
        "receiver": _side(move.receiver, names, zone),
        "giver": _side(move.giver, names, zone),
        "units": number(move.units),
    }


def _side(row: Row, names: Mapping[int, str], zone: ZoneInfo) -> str:
    values = {
        "channel": names[row.channel_id],
        "expected": number(round(row.forecast.units)),
        "end": minute(row.forecast.until, zone),
        "free": number(row.free),
        "above": number(row.free - row.kept),
        "floor": number(row.floor),
    }
    if row.kept > row.free:
        text = _(
            "%(channel)s is expected to sell %(expected)s more by %(end)s"
            " and has %(free)s left, below its floor of %(floor)s"
        )
    elif row.kept:
        text = _(
            "%(channel)s is expected to sell %(expected)s more by %(end)s"
            " and has %(above)s left above its floor of %(floor)s"
        )
    else:
        text = _(
            "%(channel)s is expected to sell %(expected)s more by %(end)s and has %(free)s left"
        )
    if row.buffer:
        text = _("%(side)s with its safety buffer of %(buffer)s") % {
            "side": text % values,
            "buffer": number(row.buffer),
        }
        return str(text)
    if row.unreported:
        text = _("%(side)s, of which it may have sold %(unreported)s and not reported them yet") % {
            "side": text % values,
            "unreported": number(row.unreported),
        }
        return str(text)
    return text % values
