"""Safety buffers of an event, as its tab of late sales shows them: what is needed, what is set aside, and why less."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from allocations.models import SalesChannel
from backoffice.events.picture import EventPicture
from backoffice.late_sales.words import span_of_hours
from common.text import number
from offline.buffer_reading import read_buffers
from offline.buffers import Buffer, State
from offline.estimates import ReportedSales

WORDS = {
    State.OFF: _("None: its channel has no safety buffer."),
    State.OWN: _("None: it sells its own units only."),
    State.UNKNOWN: _("None yet: it takes five syncs and a day after the first that sold of it."),
    State.OVER: _("None: it sells no more, and has reported since."),
    State.ENOUGH: _("It sells more once in %(one_in)s syncs."),
    State.WAITING: _("%(coming)s units wait for an approval."),
    State.REFUSED: _("What it lacks was not approved. It is asked for again in some hours."),
    State.IDLE: _("It cannot sell now, and gets no more."),
    State.CEILING: _("Its ceiling of %(ceiling)s allows no more."),
    State.USED_UP: _("The shared stock is used up."),
    State.CAPPED: _("No more than %(percent)s %% of the shared stock is set aside."),
}


def buffer_rows(
    picture: EventPicture, channels: Iterable[SalesChannel], reported: Sequence[ReportedSales]
) -> list[dict[str, Any]]:
    """For ``admin/late_sales/event.html``; of channels in their order. ``reported``: what they have reported."""
    names = {channel.pk: channel for channel in channels}
    buffers = read_buffers(picture.setup, list(names), picture.reading.now, reported)
    place = {pk: index for index, pk in enumerate(names)}
    buffers.sort(key=lambda buffer: (place[buffer.row.channel_id or 0], buffer.row.pool_id or 0))
    return [
        {
            "channel": names[buffer.row.channel_id or 0],
            "pool": buffer.row.pool,
            "needed": _needed(buffer),
            "set_aside": _set_aside(buffer),
            "why": state_in_words(buffer),
            "is_short": buffer.missing > 0,
        }
        for buffer in buffers
    ]


def _needed(buffer: Buffer) -> str:
    if buffer.without is not None or buffer.needed is None:
        return "–"
    return _t("%(needed)s within %(span)s") % {
        "needed": number(buffer.needed),
        "span": span_of_hours(buffer.hours),
    }


def _set_aside(buffer: Buffer) -> str:
    if buffer.without is not None and not buffer.lent:
        return "–"
    words = number(buffer.set_aside)
    if buffer.leased:
        words += ngettext(", %s of it leased", ", %s of them leased", buffer.leased) % number(
            buffer.leased
        )
    if buffer.lent:
        words += _t(", %s out of the shared stock") % number(buffer.lent)
    return words


def state_in_words(buffer: Buffer) -> str:
    """Why there is no buffer, or less than is needed; or how often it does not suffice."""
    return str(WORDS[buffer.state]) % {
        "coming": number(buffer.pending.coming),
        "ceiling": number(buffer.row.ceiling or 0),
        "percent": buffer.percent,
        "one_in": number(buffer.one_in),
    }
