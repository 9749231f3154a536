"""What a board says of an event that does not sell, beyond the headline: since when, by whom, why."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from accounts.models import User
from allocations.setup import EventSetup
from common.addresses import change_url
from common.text import local_time
from events.enums import SalesState
from events.models import Event
from sales.event_state import Cause, EventState, causes_of

# Who did it and why stands in the event's history; sellers are told of a stop alone.
MAY_SEE_HISTORY = "events.view_event"


@dataclass(frozen=True, slots=True)
class StateLine:
    """``name``: of the stopped part; empty for the event itself."""

    name: str
    since: str
    person: str
    reason: str


def state_lines(
    user: User | AnonymousUser, setup: EventSetup, state: EventState
) -> list[StateLine]:
    return [_line(user, setup, state, cause) for cause in causes_of(setup, state)]


def _line(
    user: User | AnonymousUser, setup: EventSetup, state: EventState, cause: Cause
) -> StateLine:
    is_stop = state.state == SalesState.STOPPED or cause.part is not None
    sees = user.has_perm(MAY_SEE_HISTORY)
    since = ""
    if cause.since is not None:
        text = _("from %s on") if state.state == SalesState.NOT_YET else _("since %s")
        since = text % local_time(cause.since, setup.zone)
    return StateLine(
        cause.part.name if cause.part else "",
        since,
        cause.person if sees else "",
        cause.reason if sees or is_stop else "",
    )


def admin_url(user: User | AnonymousUser, event_id: int) -> str:
    """The event's page in the back office, where it is changed, for who may enter it; else nothing."""
    may_enter = getattr(user, "is_staff", False) and user.has_perm("events.view_event")
    return change_url(Event(pk=event_id)) if may_enter else ""
