"""What happens to an event as a whole: it is postponed, copied to other dates, or cancelled."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.approval import Wanted, do_or_ask
from allocations.copying import copy_event
from allocations.models import Stock
from allocations.postponing import Move
from backoffice.events.cancelling import CancelForm, progress_of, said_of
from backoffice.events.dates import CopyForm, PostponeForm, day_of
from backoffice.kit.dialogs import Done, actor_of, dialog_action
from backoffice.kit.rows import movements_of
from common.addresses import change_url
from common.clock import utc
from common.text import local_time
from events.enums import EventStatus
from events.models import Event
from events.services import CAN_BE_CANCELLED
from sales.cancellation import cancel_event
from sales.services import postpone

# So many copies are named in the message; the series has them all.
NAMED = 5


def can_be_postponed(event: Event) -> bool:
    return event.status != EventStatus.CANCELLED and event.over_at > timezone.now()


class LifecycleActions:
    """Of the admin class of events."""

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        event = context.get("original")
        if event is not None:
            context["cancellation"] = progress_of(request, event)
        return super().render_change_form(  # type: ignore[misc]
            request, context, *args, **kwargs
        )

    @dialog_action(
        _("Postpone"),
        form=PostponeForm,
        permission="events.change_event",
        submit=_("Postpone"),
        icon="event_upcoming",
        shown=can_be_postponed,
    )
    def postpone(self, request: HttpRequest, event: Event, form: Any) -> Done:
        by, reason, now = actor_of(request), form.cleaned_data["reason"], timezone.now()
        starts_at: datetime = form.cleaned_data["starts_at"]
        moves: list[Move] = []

        def move() -> None:
            moves[:] = postpone(
                event_id=event.pk,
                starts_at=starts_at,
                by=by,
                reason=reason,
                now=now,
                shift_windows=form.shift_windows,
                as_shown=form.as_shown,
            )

        terms = {"starts_at": utc(starts_at), "shift_windows": form.shift_windows}
        change = Wanted("DATES", event.pk, event.name, terms)
        if waits := do_or_ask(move, change, by=by, reason=reason, now=now):
            return Done(waits)
        text = _t("%(event)s now starts on %(start)s. Times that have moved: %(moved)d.") % {
            "event": event.name,
            "start": local_time(form.cleaned_data["starts_at"], event.venue.zone),
            "moved": len(moves),
        }
        links = [(_t("See the timeline"), reverse("admin:events_event_timeline", args=(event.pk,)))]
        if any(isinstance(move.owner, Stock) for move in moves):
            links.append(_movements(event))
        return Done(text, links)

    @dialog_action(
        _("Copy to other dates"),
        form=CopyForm,
        permission="events.add_event",
        submit=_("Copy"),
        icon="content_copy",
    )
    def copy(self, request: HttpRequest, event: Event, form: Any) -> Done:
        with transaction.atomic():
            copies = copy_event(
                event_id=event.pk,
                starts=form.cleaned_data["starts"],
                by=actor_of(request),
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
                with_allocations=form.cleaned_data["with_allocations"],
            )
        links = [(day_of(event, date.starts_at), change_url(date)) for date in copies[:NAMED]]
        dates = (
            f"{reverse('admin:events_event_changelist')}?series__id__exact={copies[0].series_id}"
        )
        text = _t("Drafts made: %(made)d, of %(name)s.") % {"made": len(copies), "name": event.name}
        return Done(text, [*links, (_t("All dates of the series"), dates)])

    @dialog_action(
        _("Cancel event"),
        form=CancelForm,
        permission="events.cancel_event",
        submit=_("Cancel the event"),
        icon="event_busy",
        danger=True,
        shown=lambda event: event.status in CAN_BE_CANCELLED,
    )
    def cancel(self, request: HttpRequest, event: Event, form: Any) -> Done:
        cancellation = cancel_event(
            event_id=event.pk,
            fates=form.fates(),
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
        )
        return Done(said_of(cancellation), [_movements(event)])


def _movements(event: Event) -> tuple[str, str]:
    return _t("See the movements"), movements_of(stock__event__id__exact=event.pk)
