"""What is to be told, in the forms of all transports."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts.dlt import Template


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery's message. Sent again, it has the same ``id``: whoever gets it twice can tell."""

    id: UUID
    subject: str
    text: str
    html: str
    blocks: list[dict[str, Any]]  # Slack's Block Kit
    short: str  # of an SMS
    data: dict[str, Any]  # the body of a webhook
    template: Template | None = None  # under which ``short`` is registered
