"""What is answered without asking Django."""

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from prometheus_client import Counter

from common.error_page import POLICY, error_page
from finlo_inventory.front.environ import Headers

REFUSED = Counter("finlo_http_refused", "HTTP requests refused before any view", ("status",))
RETRY_SECONDS = 1
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` is one of the API's (common/rest/codes.py)."""

    status: int
    code: str
    title: str
    detail: str
    maximum: int | None = None
    """Of what is too large: the most bytes that this address takes."""


BUSY = Refusal(
    503,
    "BUSY",
    "Too busy at this moment",
    "Too many requests came at once. Nothing was changed: try again in a second.",
)
SLOW = Refusal(
    408,
    "TIMEOUT",
    "The request came too slowly",
    "Nothing was changed: send the request again, without pauses.",
)
TOO_LARGE = Refusal(
    413, "PAYLOAD_TOO_LARGE", "The body is too large", "Nothing was changed: send less at once."
)
LENGTH_REQUIRED = Refusal(
    411,
    "LENGTH_REQUIRED",
    "The body's length is missing",
    "Send the header Content-Length, and no Transfer-Encoding.",
)
MALFORMED = Refusal(
    400,
    "VALIDATION",
    "The input is not valid",
    "The request is malformed, or broke off. Nothing was changed.",
)
ALL = (BUSY, SLOW, TOO_LARGE, LENGTH_REQUIRED, MALFORMED)


def too_large(maximum: int) -> Refusal:
    """With the number: there are as many of these as there are limits."""
    detail = f"Nothing was changed. At most {maximum:,} bytes can be sent here at once: send less."
    return replace(TOO_LARGE, detail=detail, maximum=maximum)


class Refused(Exception):
    """Reading a request was given up."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.title)
        self.refusal = refusal


def refuse(refusal: Refusal, path: str, protocol: Any) -> None:
    """A problem below /api/, a page elsewhere. May be called by any thread."""
    REFUSED.labels(refusal.status).inc()
    headers, body = _told(refusal, in_api=path.startswith("/api/"))
    answer(protocol, refusal.status, headers, body)


@cache
def _told(refusal: Refusal, *, in_api: bool) -> tuple[Headers, bytes]:
    """Made once for each: when most is to be refused, refusing has to be cheap."""
    if in_api:
        kind, text = "application/problem+json", _problem(refusal)
    else:
        kind = "text/html; charset=utf-8"
        text = error_page(refusal.title, [refusal.detail])
    headers = [("Content-Type", kind), ("Cache-Control", "no-store")]
    if not in_api:
        headers.append(("Content-Security-Policy", POLICY))
    if refusal.status == UNAVAILABLE:
        headers.append(("Retry-After", str(RETRY_SECONDS)))
    return headers, text.encode()


def answer(protocol: Any, status: int, headers: Headers, body: bytes) -> None:
    protocol.response_bytes(status, list(headers), body)


def _problem(refusal: Refusal) -> str:
    numbers = {} if refusal.maximum is None else {"maximum": refusal.maximum}
    return json.dumps(
        {
            **numbers,
            "type": f"/api/v1/problems/{refusal.code}/",
            "title": refusal.title,
            "status": refusal.status,
            "detail": refusal.detail,
            "code": refusal.code,
            "errors": [{"field": "body", "detail": refusal.detail}] if numbers else [],
        }
    )
