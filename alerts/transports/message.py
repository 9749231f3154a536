"""What is to be told, in the forms of all transports."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery's message. Sent again, it has the same ``id``: whoever gets it twice can tell."""

    id: UUID
    subject: str
    text: str
    html: str
    blocks: list[dict[str, Any]]  # Slack's Block Kit
    short: str  # two SMS at most, whatever its alphabet
    data: dict[str, Any]  # the body of a webhook
