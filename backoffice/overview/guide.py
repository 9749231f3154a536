"""The set-up guide on the pages of venues and events: what is there, what is next, each a link."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.kit.panels import Panel
from backoffice.listings.prices import MAY_PRICE
from events.models import Event, Venue
from planning.guide import Key, Step, next_of, steps_of_event, steps_of_venue

TITLES = {
    "channels": _("Sales channels"),
    "people": _("People"),
    "teams": _("Who is alerted"),
    "events": _("Events"),
    "pools": _("Pools"),
    "items": _("Items"),
    "prices": _("Prices"),
    "plan": _("Plan"),
    "sale": _("On sale"),
}
# What is done on the way to each, as long as it is not there.
CALLS = {
    "channels": _("Add the channels that sell"),
    "people": _("Add a person"),
    "teams": _("Add an address"),
    "events": _("Add an event"),
    "pools": _("Add a pool: what physically exists"),
    "items": _("Add an item: what is sold"),
    "prices": _("Set the prices"),
    "plan": _("Say who gets how much"),
    "sale": _("Put it on sale"),
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A step as the page shows it. Without ``url`` somebody else has to do it."""

    step: Step
    url: str
    is_next: bool

    @property
    def title(self) -> Any:
        return TITLES[self.step.key]

    @property
    def call(self) -> Any:
        return CALLS[self.step.key]

    @property
    def opens_dialog(self) -> bool:
        return self.step.key == "sale"


class GuidePanel(Panel, ABC):
    tab = False
    above = True
    slug = "guide"
    title = _("Set-up, step by step")
    template = "admin/guide.html"

    @abstractmethod
    def steps(self) -> Sequence[Step]:
        """What is to be done, in its order."""

    @abstractmethod
    def url(self, step: Step) -> str:
        """Where the step is done, for whoever may; empty for others."""

    def context(self) -> dict[str, Any]:
        steps = self.steps()
        next_step = next_of(steps)
        return {
            "stops": [Stop(step, self.url(step), is_next=step is next_step) for step in steps],
            "following": next_step,
            "done": sum(step.is_done for step in steps if step.is_needed),
            "needed": sum(step.is_needed for step in steps),
        }

    def at(self, name: str, permission: str, *args: int, **parameters: object) -> str:
        if not self.may(permission):
            return ""
        query = "&".join(f"{key}={value}" for key, value in parameters.items())
        address = reverse(f"admin:{name}", args=args)
        return f"{address}?{query}" if query else address

    def channels(self, step: Step, venue_id: int) -> str:
        if step.is_done:
            return self.at(
                "allocations_saleschannel_changelist",
                "allocations.view_saleschannel",
                venue__id__exact=venue_id,
            )
        return self.at(
            "allocations_saleschannel_several", "allocations.add_saleschannel", venue=venue_id
        )


class VenueGuide(GuidePanel):
    permission: ClassVar[str] = "events.view_venue"

    def steps(self) -> Sequence[Step]:
        return steps_of_venue(self.subject)

    def url(self, step: Step) -> str:
        venue: Venue = self.subject
        match step.key:
            case "channels":
                return self.channels(step, venue.pk)
            case "events" if step.target:
                return self.at("events_event_change", "events.view_event", step.target)
            case "events":
                return self.at("events_event_add", "events.add_event", venue=venue.pk)
            case "people":
                return self.at("accounts_user_add", "accounts.add_user", venues=venue.pk)
            case _:
                return self.at(
                    "alerts_alertteam_changelist",
                    "alerts.view_alertteam",
                    venue__id__exact=venue.pk,
                )


class EventGuide(GuidePanel):
    permission: ClassVar[str] = "events.view_event"

    @property
    def is_shown(self) -> bool:
        return bool(self.steps())

    def steps(self) -> Sequence[Step]:
        steps: list[Step] | None = getattr(self, "_steps", None)
        if steps is None:
            self._steps = steps = steps_of_event(self.subject)
        return steps

    def url(self, step: Step) -> str:
        event: Event = self.subject
        if step.key == "channels":
            return self.channels(step, event.venue_id)
        if step.key == "plan" and not step.target:
            return ""
        to_item = ("events_item_change", "events.change_item", step.target)
        ways: dict[Key, tuple[Any, ...]] = {
            "pools": ("events_pool_add", "events.add_pool"),
            "items": to_item if step.target else ("events_item_add", "events.add_item"),
            "prices": ("events_event_prices", MAY_PRICE, event.pk),
            "plan": ("events_pool_plan", "allocations.move_stock", step.target),
            "sale": ("events_event_publish", "events.change_event", event.pk),
        }
        way = ways[step.key]
        address = self.at(*way)
        return f"{address}?event={event.pk}" if address and way[0].endswith("_add") else address
