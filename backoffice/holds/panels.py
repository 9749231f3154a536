"""What is shown of named holds below forms and on tabs: what was done to one, and those of an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from allocations.models import Kill
from backoffice.events.panels import EventPanel
from backoffice.holds.hold_actions import SEE
from backoffice.kit.dialogs import actor_of
from backoffice.kit.panels import Panel
from backoffice.kit.rows import name_of
from backoffice.stock.kills import SEE as SEE_KILLS
from backoffice.stock.kills import TAKE
from common.text import local_time, number
from events.enums import ENDED
from events.models import Item
from sales.enums import BlockStatus, HoldCategory
from sales.guests.selectors import lines_of
from sales.keepers import HAND_OUT, KEEP, may_hand_out
from sales.models import Guest, HoldChange, NamedHold

MAX_ROWS = 50
GUESTS_A_PAGE = 100
LEFT = F("lines__quantity") - F("lines__sold") - F("lines__handed_back")


class HistoryPanel(Panel):
    """Of a named hold: who did what to it, when and why."""

    tab = False
    slug = "history"
    title = _("History")
    template = "admin/holds/history.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        hold: NamedHold = self.subject
        rows = list(HoldChange.objects.filter(block=hold).select_related("user").order_by("-pk"))
        changes = [change for row in rows for change in row.changes]
        items = Item.objects.in_bulk([change["item"] for change in changes if "item" in change])
        people = User.objects.in_bulk(
            [
                change[side]
                for change in changes
                if change["what"] == "owner"
                for side in ("before", "after")
                if change[side]
            ]
        )
        self.zone = hold.event.venue.zone
        return {
            "rows": [
                {
                    "row": row,
                    "at": local_time(row.at, self.zone),
                    "who": str(row.user) if row.user_id else _t("System"),
                    "changes": [self._in_words(change, items, people) for change in row.changes],
                }
                for row in rows
            ]
        }

    def _in_words(
        self, change: dict[str, Any], items: Mapping[int, Item], people: Mapping[int, User]
    ) -> dict[str, str]:
        what = change["what"]
        labels = {
            "guests": _t("Names on the list"),
            "promised": _t("Tickets on the list"),
            "name": _t("Name"),
            "category": _t("For"),
            "owner": _t("Owner"),
            "owner_name": _t("Owner’s name"),
            "hands_back_at": _t("Ends"),
        }
        label = labels.get(what) or _t("%s, set aside") % items[change["item"]].name

        def said(value: Any) -> str:
            if value in {None, ""}:
                return "–"
            if what == "category":
                return str(HoldCategory(value).label)
            if what == "hands_back_at":
                return local_time(datetime.fromisoformat(value), self.zone)
            if what == "owner":
                return str(people[value])
            return number(value) if isinstance(value, int) else str(value)

        return {"label": label, "before": said(change["before"]), "after": said(change["after"])}


class GuestsPanel(Panel):
    """Of a named hold: who is on its list. For those who hand out its tickets."""

    tab = False
    slug = "guests"
    title = _("Guests")
    template = "admin/holds/guests.html"
    permission = SEE

    @property
    def is_shown(self) -> bool:
        return may_hand_out(actor_of(self.request), self.subject)

    def context(self) -> dict[str, Any]:
        hold: NamedHold = self.subject
        guests = Guest.objects.filter(block=hold).select_related("line__item").order_by("name")
        page = Paginator(guests, GUESTS_A_PAGE).get_page(self.request.GET.get("guests"))
        lines = lines_of([hold])
        return {
            "page": page,
            "several_items": len(lines) > 1,
            "is_active": hold.status == BlockStatus.ACTIVE,
            "promised": number(sum(line.promised for line in lines)),  # type: ignore[attr-defined]
            "left": number(sum(line.left for line in lines)),
            "counter": reverse("boxoffice:guest_list", args=(hold.event_id,)),
        }


class HoldsPanel(EventPanel):
    """Of an event: its named holds that have not ended."""

    slug = "holds"
    title = _("Set aside")
    template = "admin/holds/event.html"
    permission = SEE

    @property
    def is_shown(self) -> bool:
        """For whoever may hold tickets, and where some are held."""
        return (
            self.may(KEEP)
            or NamedHold.objects.filter(event=self.subject).exists()
            or Kill.objects.filter(pool__event=self.subject).exists()
        )

    def _kills(self) -> list[dict[str, Any]]:
        """What is out of sale, and why."""
        kills = Kill.objects.filter(pool__event=self.subject, put_back__lt=F("units"))
        rows = kills.select_related("pool", "source__channel").order_by("pk")
        zone = self.picture.setup.zone
        return [
            {"kill": kill, "source": name_of(kill.source), "at": local_time(kill.at, zone)}
            for kill in rows[:MAX_ROWS]
        ]

    def context(self) -> dict[str, Any]:
        event = self.subject
        rows = (
            NamedHold.objects.filter(event=event, status=BlockStatus.ACTIVE)
            .select_related("channel", "owner")
            .annotate(remainder=Sum(LEFT), handed_out=Sum("lines__sold"))
            .order_by("hands_back_at", "pk")
        )
        zone = self.picture.setup.zone
        channels = self.picture.hidden_channels
        return {
            "holds": [
                {"hold": hold, "ends": local_time(hold.hands_back_at, zone)}
                for hold in rows[:MAX_ROWS]
            ],
            "all_holds": f"{reverse('admin:sales_namedhold_changelist')}?event__id__exact={event.pk}",
            "make": reverse("admin:events_event_hold_tickets", args=(event.pk,))
            if self.may(KEEP) and channels and event.status not in ENDED
            else None,
            "has_no_channel": not channels,
            "may_keep": self.may(KEEP),
            "may_put_back": self.may(TAKE),
            "kills": self._kills() if self.may(SEE_KILLS) else (),
            "counter": reverse("boxoffice:guest_list", args=(event.pk,))
            if self.may(KEEP) or self.may(HAND_OUT)
            else None,
        }
