"""The body of a webhook, for programs: ``type``, ``timestamp`` and ``data``, as Standard Webhooks has it."""

from typing import Any

from alerts.messages.message import Telling
from common.clock import utc


def data(telling: Telling) -> dict[str, Any]:
    """``data`` is the one thing told; of a digest all of them, under ``alerts``."""
    told = [part.data for part in telling.parts]
    if telling.kind == "alert.digest":
        content: dict[str, Any] = {"alerts": told, "more": telling.more}
    else:
        [content] = told
    return {"type": telling.kind, "timestamp": utc(telling.at), "data": content}
