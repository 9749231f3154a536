"""What a what-if asks: whose demand, which two plans, what moves, how many runs."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from accounts.selectors import within_venues
from allocations.enums import PlanStatus, Strategy
from allocations.models import AllocationPlan, Listing, SalesChannel
from backoffice.kit.form_fields import OneObject, OneOf, WholeNumber
from backoffice.kit.shown_when import shown_when
from events.models import Event
from offline.models import SalesFile
from planning.enums import DemandKind
from planning.models.whatif import MOST_SEEDS, WhatIfRun
from planning.whatif.plans import DRAFT, HISTORY, IN_FORCE, OF_EVENT, RECOMMENDED, SHARES, Choice
from planning.whatif.sources import Shape, shares_so_far

MOST_PERCENT = 500
MOST_TICKETS = 50_000
LONGEST_ANSWER = 240
MOST_CHOICES = 200

PLANS = {
    IN_FORCE: _("The plan in force"),
    DRAFT: _("The draft"),
    SHARES: _("30 % direct, 20 % physical, 50 % partners"),
    Strategy.FIXED.value: _("Shape: fixed parts"),
    Strategy.PRIORITY.value: _("Shape: in turn from one stock"),
    Strategy.DYNAMIC.value: _("Shape: dynamic"),
    Strategy.HYBRID.value: _("Shape: hybrid"),
    OF_EVENT: _("Another event’s plan"),
    HISTORY: _("As it really went"),
    RECOMMENDED: _("The recommendation"),
}


class WhatIfForm(forms.Form):
    """Of one event. Fields named ``share-7`` are the shares of channels in a curve."""

    demand = OneOf(_("Who comes"), choices=DemandKind.choices)
    source = OneObject(_("Past event"), required=False)
    file = OneObject(_("Sales file"), required=False)
    percent = WholeNumber(
        _("As many buyers, %"),
        minimum=1,
        maximum=MOST_PERCENT,
        required=False,
        help_text=_("100: as many as came then."),
    )
    away = WholeNumber(
        _("Turned away in real life and counted, %"),
        maximum=100,
        required=False,
        help_text=_("Who tries again is counted each time. 0: only what was sold."),
    )
    shape = OneOf(_("When they come"), choices=Shape.choices, required=False)
    tickets = WholeNumber(
        _("Tickets asked for in all"), minimum=1, maximum=MOST_TICKETS, required=False
    )
    a = OneOf(_("Plan A"))
    a_event = OneObject(_("Plan A: of which event"), required=False)
    b = OneOf(_("Plan B"))
    b_event = OneObject(_("Plan B: of which event"), required=False)
    moves = forms.BooleanField(
        label=_("Transfer rules and dynamic plans move units"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )
    answer_hours = WholeNumber(
        _("What needs an approval gets it after, hours"),
        required=False,
        maximum=LONGEST_ANSWER,
        help_text=_("Empty: nobody ever approves it."),
    )
    seeds = WholeNumber(
        _("How often it is run"),
        minimum=1,
        maximum=MOST_SEEDS,
        help_text=_("Each time with other buyers by chance, and the same ones under both plans."),
    )

    def __init__(self, request: HttpRequest, event: Event, data: Any = None) -> None:
        self.event = event
        super().__init__(data, initial=None if data is not None else _usual(event))
        events = Event.objects.filter(within_venues(request.user, "venue"), venue=event.venue_id)
        others = events.exclude(pk=event.pk).select_related("venue").order_by("-starts_at")
        self._rows("source", others.filter(starts_at__lt=event.starts_at)[:MOST_CHOICES])
        self._rows("a_event", others[:MOST_CHOICES])
        self._rows("b_event", others[:MOST_CHOICES])
        files = SalesFile.objects.filter(
            within_venues(request.user, "channel__venue"), channel__venue=event.venue_id
        )
        kept = files.filter(lines_state="KEPT").select_related("channel").order_by("-pk")
        self._rows("file", kept[:MOST_CHOICES])
        names = self._names()
        for side in ("a", "b"):
            cast("OneOf", self.fields[side]).choices = list(names.items())
            self._when(f"{side}_event", {side: [OF_EVENT]})
        self.channels = self._channels()
        self._shares()
        self._when("source", {"demand": [DemandKind.EVENT]})
        self._when("file", {"demand": [DemandKind.FILE]})
        self._when("percent", {"demand": [DemandKind.EVENT, DemandKind.FILE]})
        self._when("away", {"demand": [DemandKind.OWN, DemandKind.EVENT]})
        for name in ("shape", "tickets"):
            self._when(name, {"demand": [DemandKind.CURVE]})
        self._when("answer_hours", {"moves": ["true"]})

    def _rows(self, name: str, rows: Any) -> None:
        # A slice cannot be filtered by the field: its keys can.
        keys = [row.pk for row in rows]
        field = cast("OneObject", self.fields[name])
        field.queryset = rows.model.objects.filter(pk__in=keys).order_by("-pk")

    def _when(self, name: str, *cases: Mapping[str, Sequence[str]]) -> None:
        self.fields[name].shown_when = shown_when(*cases)  # type: ignore[attr-defined]

    def _names(self) -> dict[str, Any]:
        names = {kind: name for kind, name in PLANS.items() if kind != RECOMMENDED}
        drafts = AllocationPlan.objects.filter(pool__event=self.event, status=PlanStatus.DRAFT)
        if not drafts.exists():
            del names[DRAFT]
        return names

    def _channels(self) -> list[SalesChannel]:
        listed = Listing.objects.filter(event=self.event, is_on=True).values("channel")
        return list(SalesChannel.objects.filter(pk__in=listed).order_by("kind", "name"))

    def _shares(self) -> None:
        so_far = shares_so_far(self.event)
        whole = sum(so_far.values())
        for channel in self.channels:
            usual = round(100 * so_far.get(channel.pk, 0) / whole) if whole else 10
            field = WholeNumber(
                _("%(channel)s, share") % {"channel": channel.name},
                required=False,
                maximum=1_000,
                initial=usual,
            )
            self.fields[f"share-{channel.pk}"] = field
            self._when(f"share-{channel.pk}", {"demand": [DemandKind.CURVE]})
        order = [name for name in self.fields if not name.startswith("share-")]
        at = order.index("a")
        shares = [name for name in self.fields if name.startswith("share-")]
        self.order_fields([*order[:at], *shares, *order[at:]])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind = data.get("demand")
        needed = {
            DemandKind.EVENT: ("source",),
            DemandKind.FILE: ("file",),
            DemandKind.CURVE: ("shape", "tickets"),
        }
        for name in needed.get(cast("DemandKind", kind), ()):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed for that demand."))
        for side in ("a", "b"):
            if data.get(side) == OF_EVENT and not data.get(f"{side}_event"):
                self.add_error(f"{side}_event", _("Say which event’s plan."))
            if data.get(side) == HISTORY and kind != DemandKind.OWN:
                self.add_error(
                    side, _("How it really went is known of the event’s own sales alone.")
                )
        return data

    def chosen_demand(self) -> dict[str, Any]:
        data = self.cleaned_data
        kind = data["demand"]
        if kind == DemandKind.OWN:
            return {"kind": kind, "away": data["away"] or 0}
        if kind == DemandKind.EVENT:
            return {
                "kind": kind,
                "event": data["source"].pk,
                "percent": data["percent"] or 100,
                "away": data["away"] or 0,
            }
        if kind == DemandKind.FILE:
            return {"kind": kind, "file": data["file"].pk, "percent": data["percent"] or 100}
        shares = {
            str(channel.pk): data[f"share-{channel.pk}"]
            for channel in self.channels
            if data.get(f"share-{channel.pk}")
        }
        return {
            "kind": kind,
            "shape": data["shape"],
            "tickets": data["tickets"],
            "shares": shares,
        }

    def chosen_sides(self) -> list[Choice]:
        data = self.cleaned_data
        return [
            Choice(data[side], data[f"{side}_event"].pk if data[side] == OF_EVENT else None)
            for side in ("a", "b")
        ]


def _usual(event: Event) -> dict[str, Any]:
    """Own sales against what is in force, where there are some."""
    capacity = sum(event.pools.values_list("capacity", flat=True))
    has_sold = bool(shares_so_far(event))
    return {
        "demand": DemandKind.OWN if has_sold else DemandKind.CURVE,
        "percent": 100,
        "away": 0,
        "shape": Shape.AUDIENCE,
        "tickets": max(capacity, 1),
        "a": HISTORY if has_sold else IN_FORCE,
        "b": Strategy.DYNAMIC.value,
        "moves": True,
        "answer_hours": 2,
        "seeds": 200,
    }


def side_name(run: WhatIfRun, side: int, events: Mapping[int, Event]) -> str:
    kind, event_id = run.sides[side]
    if kind == OF_EVENT and event_id in events:
        return str(events[event_id])
    return str(PLANS.get(kind, kind))
