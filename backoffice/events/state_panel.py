"""The banner above all tabs of an event that does not sell, or not all of it: since when, by whom, why, and what next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import Stopped
from allocations.sellers import listed_channels, sees_all_listings
from backoffice.events.panels import BookingsPanel
from backoffice.events.picture import picture_of
from backoffice.kit.panels import Panel
from common.text import local_time
from events.enums import SalesState
from events.models import Event
from events.services import CAN_BE_PUBLISHED
from sales.event_state import EventState, causes_of, state_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAY_CHANGE = "events.change_event"
# How much it asks of who reads it: what somebody has stopped, what waits for somebody, and what is over.
TONES = {
    SalesState.CANCELLED: "stop",
    SalesState.STOPPED: "stop",
    SalesState.ALL_STOPPED: "stop",
    SalesState.PARTLY_STOPPED: "wait",
    SalesState.PAUSED: "wait",
    SalesState.NOT_YET: "wait",
    SalesState.DRAFT: "wait",
}
ICONS = {"stop": "front_hand", "wait": "pause", "over": "event_busy"}
PARTS = {
    Stopped.CHANNEL: ("allocations_saleschannel", "allocations.change_saleschannel"),
    Stopped.ITEM: ("events_item", "events.change_item"),
    Stopped.LISTING: ("allocations_listing", "allocations.change_listing"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """What can be done next; ``dialog``: it opens above the page, ``tab``: it is one of the page's own."""

    label: "StrOrPromise"
    url: str
    dialog: bool = False
    tab: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Since when, by whom and why, of the event or of a part of it."""

    name: str
    since: str
    person: str
    reason: str
    ways: list[Way]


class StatePanel(Panel):
    tab = False
    above = True
    slug = "state"
    title = _("State of selling")
    template = "admin/panels/state.html"
    permission = "events.view_event"

    @cached_property
    def state(self) -> EventState:
        event: Event = self.subject
        picture, user = picture_of(self.request, event), self.request.user
        channels = (
            None
            if sees_all_listings(user)
            else frozenset(listed_channels(user).values_list("pk", flat=True))
        )
        return state_of(picture.setup, event.over_at, picture.reading.now, channels)

    @property
    def is_shown(self) -> bool:
        return self.state.state != SalesState.OPEN

    def context(self) -> dict[str, Any]:
        state = self.state
        tone = TONES.get(state.state, "over")
        lines = list(self._lines())
        return {
            "state": state.state,
            "headline": state.state.label,
            "tone": tone,
            "icon": ICONS[tone],
            "lines": lines,
            "more": len(state.parts) - len(lines) if state.parts else 0,
            "ways": list(self._ways()),
        }

    def _lines(self) -> Iterator[Line]:
        zone: ZoneInfo = self.subject.venue.zone
        for cause in causes_of(picture_of(self.request, self.subject).setup, self.state):
            part = cause.part
            ways = [self._resume(*PARTS[part.kind], part.pk)] if part else []
            yield Line(
                part.name if part else "",
                self._since(cause.since, zone),
                cause.person,
                cause.reason,
                [way for way in ways if way is not None],
            )

    def _since(self, moment: datetime | None, zone: ZoneInfo) -> str:
        if moment is None:
            return ""
        text = _t("from %s on") if self.state.state == SalesState.NOT_YET else _t("since %s")
        return text % local_time(moment, zone)

    # --- What next ---------------------------------------------------------------------------

    def _ways(self) -> Iterator[Way]:
        event: Event = self.subject
        state = self.state.state
        if state == SalesState.STOPPED:
            way = self._resume("events_event", MAY_CHANGE, event.pk)
            yield from (way for way in (way,) if way)
        elif state in (SalesState.NOT_YET, SalesState.SALES_OVER):
            if self.may(MAY_CHANGE):
                yield _tab(_("Change when it sells"), "general")
        elif state == SalesState.CANCELLED:
            yield _tab(_("See what becomes of its bookings"), "general")
        elif state == SalesState.OVER:
            if self.may("sales.view_booking"):
                yield _tab(_("See its bookings"), f"dataset-{BookingsPanel.slug}")
        elif event.status in CAN_BE_PUBLISHED and self.may(MAY_CHANGE):
            url = reverse("admin:events_event_publish", args=(event.pk,))
            yield Way(_("Put on sale"), url, dialog=True)

    def _resume(self, model: str, permission: str, pk: int) -> Way | None:
        """The dialog stands on the page of what is stopped; of another object it is a page of its own."""
        if not self.may(permission):
            return None
        return Way(_("Resume selling"), reverse(f"admin:{model}_resume", args=(pk,)), dialog=True)


def _tab(label: "StrOrPromise", name: str) -> Way:
    return Way(label, f"#{name}", tab=name)
