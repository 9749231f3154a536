"""What a web server's answer means for a message."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from common import outbound
from common.outbound import Answer

LONGEST_WAIT = 3600.0
LONGEST_QUOTE = 120
MIN_SECRET = 6  # a shorter part of an address gives nobody access
# Busy, as one can be beside the 500s: Request Timeout, Too Early, Too Many Requests.
BUSY = frozenset({408, 425, 429})


def ask(url: str, body: bytes, headers: dict[str, str]) -> str:
    """POST to an address that a person typed; the receipt. Raises what ``send`` raises."""
    try:
        answer = outbound.post(url, body=body, headers=headers)
    except outbound.ForbiddenAddressError as error:
        raise RefusedForGoodError(str(error)) from None
    except outbound.NoAnswerError as error:
        raise RefusedForNowError(str(error)) from None
    said = quote(answer, secret=url)
    reason = _("%(host)s answers %(said)s") % {"host": outbound.host_of(url), "said": said}
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return said
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise RefusedForGoodError(
            _("%(reason)s: a redirect, which is not followed") % {"reason": reason}
        )
    if is_busy(answer.status):
        raise RefusedForNowError(reason, retry_after(answer))
    raise RefusedForGoodError(reason)


def is_busy(status: int) -> bool:
    return status in BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def retry_after(answer: Answer) -> float | None:
    """Seconds that the header asks for, as a number or as a moment; at most an hour."""
    header = answer.headers.get("retry-after", "").strip()
    if header.isdecimal():
        seconds = float(header)
    else:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (aware - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def quote(answer: Answer, *, secret: str = "") -> str:
    """Status and the beginning of the body, on one line, without any part of a secret address."""
    try:
        named = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        named = str(answer.status)
    text = "".join(letter if letter.isprintable() else " " for letter in _text(answer.body))
    text = " ".join(text.split())
    parts = urlsplit(secret)
    if any(
        part in text for part in (*parts.path.split("/"), parts.query) if len(part) >= MIN_SECRET
    ):
        text = ""
    if len(text) > LONGEST_QUOTE:
        text = text[: LONGEST_QUOTE - 1] + "…"
    return f"{named}: {text}" if text else named


def _text(body: bytes) -> str:
    return body[: 4 * LONGEST_QUOTE].decode("utf-8", "replace")


def as_json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
