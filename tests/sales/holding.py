"""What the tests of named holds share: an event with a hidden channel, and a hold of its tickets."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from allocations.enums import ChannelKind, ChannelPlace
from common.actor import SYSTEM, Actor
from sales import named_holds
from sales.models import BlockLine, NamedHold
from sales.named_holds import HoldOrder, HoldTerms
from sales.orders import OrderLine
from tests.factories import Lines, Stage, make_stage


def make_hidden(units: int = 10, name: str = "web", **stage: Any) -> Stage:
    """A stage of which the channel of that name is a hidden one."""
    made = make_stage(**{"pools": {"GA": units}, "channels": (name,)} | stage)
    channel = made.channels[name]
    channel.kind, channel.place = ChannelKind.HIDDEN, ChannelPlace.GUEST_LIST
    channel.save()
    return made


def soon() -> datetime:
    return timezone.now() + timedelta(days=2)


def terms(**changed: Any) -> HoldTerms:
    values: dict[str, Any] = {
        "name": "Band and crew",
        "category": "ARTIST",
        "hands_back_at": soon(),
        "owner_name": "Loud Agency",
    }
    return HoldTerms(**values | changed)


def make_hold(
    stage: Stage,
    lines: Lines = (("Ticket", 5),),
    *,
    channel: str = "web",
    by: Actor = SYSTEM,
    **changed: Any,
) -> NamedHold:
    order = HoldOrder(
        stage.event.pk,
        stage.channels[channel].pk,
        [OrderLine(stage.items[item].pk, quantity) for item, quantity in lines],
        terms(**changed),
    )
    answer = named_holds.make(order, by=by, reason="rider")
    return NamedHold.objects.get(pk=answer.data["id"])


def line_of(hold: NamedHold) -> tuple[int, int, int]:
    """Of its only line: set aside in all, handed out, went back."""
    line = BlockLine.objects.get(block=hold)
    return line.quantity, line.sold, line.handed_back
