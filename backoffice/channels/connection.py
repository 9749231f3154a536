"""What is known of a channel's programs, in words."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from alerts.quantities import exact_span, span
from alerts.selectors import Contact, contacts_of
from allocations.enums import Connectivity
from allocations.models import SalesChannel
from allocations.selectors import Connection, KeyState, connected
from common.text import local_time

SEE_KEYS = "partners.view_apikey"


class Sign(NamedTuple):
    """One fact. ``state`` is good, warn, bad or none: it chooses the mark beside the text."""

    label: str
    text: str
    state: str = "none"
    moment: str = ""  # the exact time behind "5 minutes ago"


def signs(
    channel: SalesChannel,
    connection: Connection,
    contact: Contact,
    now: datetime,
    *,
    zone: ZoneInfo,
    keys: bool,
) -> list[Sign]:
    """Whether it is in contact; last call, last sync where it can have one, socket, and its keys for who may see them."""
    rows = [_contact(contact, zone), _heard(_t("Last call"), connection.last_call, now, zone)]
    if channel.connectivity != Connectivity.REAL_TIME:
        rows.append(_heard(_t("Last sync"), connection.last_sync, now, zone))
    rows.append(_socket(connection, now, zone))
    if keys:
        rows.append(_key(connection, zone))
    return rows


def _contact(contact: Contact, zone: ZoneInfo) -> Sign:
    """By the rule by which the alert *Sync overdue* begins and ends."""
    label = _t("Contact")
    if contact.last_at is None:
        return Sign(label, _t("never heard of"))
    moment = local_time(contact.last_at, zone)
    ago, allowed = span(contact.minutes), exact_span(Decimal(contact.allowed))
    if contact.is_silent:
        text = _t("none for %(ago)s; a sign is due every %(allowed)s")
        return Sign(label, text % {"ago": ago, "allowed": allowed}, "warn", moment)
    if contact.minutes < contact.allowed:
        return Sign(label, _t("in contact"), "good", moment)
    return Sign(label, _t("none for %s; it sells nothing now") % ago, "none", moment)


def _heard(label: str, moment: datetime | None, now: datetime, zone: ZoneInfo) -> Sign:
    """A fact; whether that is long ago stands above it."""
    if moment is None:
        return Sign(label, _t("never"))
    return Sign(
        label, _t("%s ago") % timesince(moment, now, depth=1), "none", local_time(moment, zone)
    )


def _socket(connection: Connection, now: datetime, zone: ZoneInfo) -> Sign:
    label, last_seen = _t("Live socket"), connection.socket_seen
    if connection.socket_open:
        return Sign(label, _t("open now"), "good")
    if last_seen is None:
        return Sign(label, _t("never"))
    closed = _t("closed %s ago") % timesince(last_seen, now, depth=1)
    return Sign(label, closed, "none", local_time(last_seen, zone))


def _key(connection: Connection, zone: ZoneInfo) -> Sign:
    label, ends = _t("API key"), connection.key_ends
    day = date_format(ends.astimezone(zone), "j M Y") if ends else ""
    match connection.key:
        case KeyState.LIVE:
            return Sign(label, _t("live until %s") % day if day else _t("live"), "good")
        case KeyState.ENDING:
            return Sign(label, _t("ends on %s") % day, "warn")
        case KeyState.ENDED:
            return Sign(label, _t("expired or revoked"), "bad")
        case KeyState.NONE:
            return Sign(label, _t("none"))


class ConnectionFields:
    """Adds to the page of a channel what is known of its programs; the fields are read-only."""

    connection_fields = ("contact", "last_call", "last_sync", "live_socket", "api_key")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if obj is None:
            return fieldsets
        hidden = set() if request.user.has_perm(SEE_KEYS) else {"api_key"}
        if obj.connectivity == Connectivity.REAL_TIME:
            hidden.add("last_sync")
        fields = [name for name in self.connection_fields if name not in hidden]
        first, *others = fieldsets
        return [first, (_("Connection"), {"fields": fields}), *others]

    @display(description=_("contact"))
    def contact(self, channel: SalesChannel) -> str:
        return _full(
            _contact(contacts_of([channel.pk], timezone.now())[channel.pk], _zone(channel))
        )

    @display(description=_("last call"))
    def last_call(self, channel: SalesChannel) -> str:
        return _full(_heard("", _connection_of(channel).last_call, timezone.now(), _zone(channel)))

    @display(description=_("last sync"))
    def last_sync(self, channel: SalesChannel) -> str:
        return _full(_heard("", _connection_of(channel).last_sync, timezone.now(), _zone(channel)))

    @display(description=_("live socket"))
    def live_socket(self, channel: SalesChannel) -> str:
        return _full(_socket(_connection_of(channel), timezone.now(), _zone(channel)))

    @display(description=_("API key"))
    def api_key(self, channel: SalesChannel) -> str:
        return _full(_key(_connection_of(channel), _zone(channel)))


def _full(sign: Sign) -> str:
    return f"{sign.text} ({sign.moment})" if sign.moment else sign.text


def _zone(channel: SalesChannel) -> ZoneInfo:
    return channel.venue.zone


def _connection_of(channel: Any) -> Connection:
    """Read once for all fields of the page, which show the same object."""
    if not hasattr(channel, "finlo_connection"):
        ((_channel, connection),) = connected(
            SalesChannel.objects.filter(pk=channel.pk), timezone.now()
        )
        channel.finlo_connection = connection
    return cast("Connection", channel.finlo_connection)
