"""Sending a message, by whatever it travels. Knows nothing of alerts, teams or deliveries."""

from alerts.enums import Transport
from alerts.transports import email, slack, sms, webhook
from alerts.transports.message import Message
from common import outbound, smtp

LONGEST_SEND = max(smtp.WHOLE_SECONDS, outbound.WHOLE_SECONDS)


def send(transport: Transport, address: str, secret: str, message: Message) -> str:
    """Send it once, and return the receipt: what the other side answered, in short.

    ``secret`` is the key that signs a webhook; the others have none beside their address.
    Raises ``RefusedForNowError`` or ``RefusedForGoodError``. Waits for the network, at most
    ``LONGEST_SEND`` seconds: never inside a transaction.
    """
    match transport:
        case Transport.EMAIL:
            return email.send(address, message)
        case Transport.SLACK:
            return slack.send(address, message)
        case Transport.SMS:
            return sms.send(address, message)
        case Transport.WEBHOOK:
            return webhook.send(address, secret, message)


def check_address(transport: Transport, address: str) -> None:
    """For forms. Raises ``ValidationError`` if nothing could be sent there; may ask the name's server."""
    match transport:
        case Transport.EMAIL:
            email.check_address(address)
        case Transport.SLACK:
            slack.check_address(address)
        case Transport.SMS:
            sms.check_address(address)
        case Transport.WEBHOOK:
            webhook.check_address(address)
