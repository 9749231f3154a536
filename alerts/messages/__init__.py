"""What deliveries say: put together once, and rendered by the transport that sends it and by no other."""

from collections.abc import Sequence
from datetime import datetime

from alerts.messages.content import content_of
from alerts.models import Delivery
from alerts.transports.message import Message


def compose(deliveries: Sequence[Delivery], now: datetime) -> Message:
    """The message for deliveries of one endpoint: one of them, or the alerts of a digest.

    They come with what ``RELATED`` of ``content`` names. Sent again, they have the same ``id``.
    """
    first, *_others = sorted(deliveries, key=lambda delivery: delivery.pk)
    return Message(first.uuid, content_of(deliveries, now), first.endpoint.template)
