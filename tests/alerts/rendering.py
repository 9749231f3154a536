"""A message as each transport renders it, side by side."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts.enums import Transport
from alerts.transports import TRANSPORTS
from alerts.transports.message import Message


@dataclass(frozen=True)
class AllForms:
    id: UUID
    subject: str
    text: str
    html: str
    blocks: list[dict[str, Any]]
    short: str
    data: dict[str, Any]


def rendered(message: Message) -> AllForms:
    mail, slack, sms, hook = (TRANSPORTS[transport].render(message) for transport in Transport)
    return AllForms(
        message.id, mail.subject, mail.text, mail.html, slack["blocks"], sms.text, hook.data
    )
