"""The dialogs that put an event on sale, pause and close it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from allocations.enums import StockKind
from allocations.models import Stock
from allocations.sellable_sets import WouldSell, can_sell_without, would_sell
from backoffice.kit.dialogs import Change, DialogForm, actor_of, dialog_action
from backoffice.stock.stop_sell import selling_changes
from events import services
from events.enums import EventStatus
from events.models import Event

MAY_CHANGE = "events.change_event"


class StatusForm(DialogForm):
    """Only the reason."""

    becomes: ClassVar[EventStatus]

    def changes(self) -> Sequence[Change]:
        event: Event = self.subject
        now, then = EventStatus(event.status), self.becomes
        changes = [Change(_("Status"), now.label, then.label)]
        if then == EventStatus.ON_SALE:
            services.require_something_to_sell(event)
            changes += selling_changes(WouldSell(0, 0), would_sell(event))
        else:
            sells = now == EventStatus.ON_SALE and not event.stop_reason
            can_sell = can_sell_without(event) if sells else WouldSell(0, 0)
            changes += selling_changes(can_sell, WouldSell(0, 0))
            rows = Stock.objects.filter(event=event, kind=StockKind.CHANNEL)
            held = rows.aggregate(held=Sum("held", default=0))["held"]
            if held:
                text = ngettext(
                    "%d unit stays on hold; its buyer may still pay.",
                    "%d units stay on hold; their buyers may still pay.",
                    held,
                )
                changes.append(Change(_("Holds"), text % held))
        return changes


class PublishForm(StatusForm):
    becomes = EventStatus.ON_SALE


class PauseForm(StatusForm):
    becomes = EventStatus.PAUSED


class CloseForm(StatusForm):
    becomes = EventStatus.CLOSED


class StatusActions:
    """Of the admin class of events."""

    @dialog_action(
        _("Put on sale"),
        form=PublishForm,
        permission=MAY_CHANGE,
        submit=_("Put on sale"),
        icon="play_arrow",
        shown=lambda event: event.status in services.CAN_BE_PUBLISHED,
    )
    def publish(self, request: HttpRequest, event: Event, form: Any) -> str:
        with transaction.atomic():
            services.publish_event(event_id=event.pk, **_why(request, form))
        return _t("%s is on sale.") % event

    @dialog_action(
        _("Pause"),
        form=PauseForm,
        permission=MAY_CHANGE,
        submit=_("Pause sales"),
        icon="pause",
        shown=lambda event: event.status in services.CAN_BE_PAUSED,
    )
    def pause(self, request: HttpRequest, event: Event, form: Any) -> str:
        with transaction.atomic():
            services.pause_event(event_id=event.pk, **_why(request, form))
        return _t("Sales of %s are paused.") % event

    @dialog_action(
        _("Close"),
        form=CloseForm,
        permission=MAY_CHANGE,
        submit=_("Close sales"),
        icon="block",
        danger=True,
        shown=lambda event: event.status in services.CAN_BE_CLOSED,
    )
    def close(self, request: HttpRequest, event: Event, form: Any) -> str:
        with transaction.atomic():
            services.close_event(event_id=event.pk, **_why(request, form))
        return _t("Sales of %s are closed.") % event


def _why(request: HttpRequest, form: Any) -> dict[str, Any]:
    return {"by": actor_of(request), "reason": form.cleaned_data["reason"]}
