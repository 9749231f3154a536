"""What deliveries say: put together once, and rendered by the transport that sends it and by no other."""

from collections.abc import Sequence
from datetime import datetime

from accounts.language import language_of, said_in
from alerts.messages.content import content_of
from alerts.models import Delivery, Endpoint
from alerts.transports.message import Message


def compose(deliveries: Sequence[Delivery], now: datetime) -> Message:
    """The message for deliveries of one endpoint: one of them, or the alerts of a digest.

    They come with what ``RELATED`` of ``content`` names. Sent again, they have the same ``id``.
    """
    first, *_others = sorted(deliveries, key=lambda delivery: delivery.pk)
    language = _language_of(first.endpoint)
    with said_in(language):
        content = content_of(deliveries, now)
    return Message(first.uuid, content, first.endpoint.template, language)


def _language_of(endpoint: Endpoint) -> str:
    """The person's own, or what the team has chosen for the addresses that it shares."""
    if endpoint.person is not None:
        return language_of(endpoint.person)
    return endpoint.team.language if endpoint.team is not None else ""
