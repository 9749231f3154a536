"""The transports of messages: one module each, and one line in this table. They know no teams and no deliveries.

How to add one: CONTRIBUTING.md, "Add a transport".
"""

from collections.abc import Mapping
from typing import Any

from accounts.language import said_in
from alerts.enums import Transport
from alerts.transports.base import MessageTransport
from alerts.transports.email import Email
from alerts.transports.message import Message
from alerts.transports.slack import Slack
from alerts.transports.sms import Sms
from alerts.transports.webhook import Webhook
from common import outbound, smtp

TRANSPORTS: Mapping[Transport, MessageTransport[Any]] = {
    entry.transport: entry for entry in (Email(), Slack(), Sms(), Webhook())
}
LONGEST_SEND = max(smtp.WHOLE_SECONDS, outbound.WHOLE_SECONDS)


def transport_of(name: str) -> MessageTransport[Any]:
    """That of a column's value."""
    return TRANSPORTS[Transport(name)]


def transports_that(trait: str) -> list[Transport]:
    """Those of which a trait of ``MessageTransport`` is true: ``"is_for_partners"``."""
    return [transport for transport, entry in TRANSPORTS.items() if getattr(entry, trait)]


def send(transport: Transport, address: str, secret: str, message: Message) -> str:
    """Render a message for the transport that sends it, and send it, as ``MessageTransport.send``.

    It takes ``LONGEST_SEND`` seconds at most.
    """
    entry = TRANSPORTS[transport]
    with said_in(message.language):
        rendered = entry.render(message)
    return entry.send(address, secret, rendered)
