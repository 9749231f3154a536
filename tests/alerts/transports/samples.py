"""A rendered message for each transport, and how it is sent."""

from typing import Any
from uuid import UUID

from alerts.enums import Transport
from alerts.transports import TRANSPORTS
from alerts.transports.email import Mail
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from alerts.transports.sms import ShortMessage
from alerts.transports.webhook import Hook

TO = "box.office@venue.test"
NUMBER = "+436641234567"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = UUID("5f0c1d0e-7f0b-4a58-9d5b-3f1f3f1f3f1f")
MAIL = Mail(
    ID,
    "Low stock:\nFinlo Gala\r\nBcc: everybody@venue.test",
    "49 of 200 left – below 50.",
    "<p>49 of 200 left – <b>below 50</b>.</p>",
)
SLACK = {"text": "Low stock", "blocks": [{"type": "divider"}]}
SMS = ShortMessage("Low stock: 49 left")
HOOK = Hook(ID, {"type": "alert.opened", "data": {"seen": 49}})
RENDERED: dict[Transport, Any] = {
    Transport.EMAIL: MAIL,
    Transport.SLACK: SLACK,
    Transport.SMS: SMS,
    Transport.WEBHOOK: HOOK,
}
NOW, GOOD = RefusedForNowError, RefusedForGoodError


def send(transport: Transport, address: str, secret: str = "") -> str:
    return TRANSPORTS[transport].send(address, secret, RENDERED[transport])
