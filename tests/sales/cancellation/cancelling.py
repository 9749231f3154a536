"""An event is cancelled, and what is said of it and of its bookings then."""

from common.actor import SYSTEM, Actor
from events.models import Event
from sales.cancellation import cancel_event
from sales.enums import Fate
from sales.models import Booking, EventCancellation
from tests.factories import Stage


def fates(stage: Stage, **by_channel: Fate) -> dict[int, Fate]:
    return {stage.channels[name].pk: fate for name, fate in by_channel.items()}


def cancel(stage: Stage, *, by: Actor = SYSTEM, **by_channel: Fate) -> EventCancellation:
    return cancel_event(
        event_id=stage.event.pk, fates=fates(stage, **by_channel), by=by, reason="Storm"
    )


def status_of(booking: int) -> str:
    return Booking.objects.values_list("status", flat=True).get(pk=booking)


def event_status(stage: Stage) -> str:
    return Event.objects.values_list("status", flat=True).get(pk=stage.event.pk)
