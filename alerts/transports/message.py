"""What is to be told, in the forms of all transports."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

LONGEST_SHORT = 320  # two SMS


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery's message. Sent again, it has the same ``id``: whoever gets it twice can tell."""

    id: UUID
    subject: str
    text: str
    html: str
    blocks: list[dict[str, Any]]  # Slack's Block Kit
    short: (
        str  # an SMS: best at most 160 characters, all of them GSM-7; what is beyond 320 is cut off
    )
    data: dict[str, Any]  # the body of a webhook
