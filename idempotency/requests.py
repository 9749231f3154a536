"""The Idempotency-Key of a request, and its answer as it is sent."""

import json
import re

from django.http import HttpResponse
from rest_framework.request import Request

from common.rest.problems import Fault, InvalidRequestError
from common.rest.view import json_answer
from idempotency.answers import Answer, Repeat

HEADER = "Idempotency-Key"
# Printable ASCII without spaces at its ends, as a UUID is; the length is the column's.
_FORM = re.compile(r"[!-~]([ -~]{0,198}[!-~])?")


def repeat_of(
    request: Request, scope: str, *, required: bool = False, content: object = None
) -> Repeat | None:
    """What makes this request the same as another by the same ``scope``. Raises ``InvalidRequestError`` for no such key.

    Whitespace and the order of names in the body do not matter. ``content`` stands for a body that is no JSON.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        if required:
            raise _refused("Send a header with a key of your own making, such as a random UUID.")
        return None
    if not _FORM.fullmatch(key):
        raise _refused("Must be 1 to 200 printable ASCII characters.")
    said = request.data if content is None else content
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), default=str)
    return Repeat.of(
        scope,
        key,
        (request.method or "").encode(),
        request.path.encode(),
        canonical.encode(),
    )


def _refused(detail: str) -> InvalidRequestError:
    return InvalidRequestError([Fault(HEADER, detail)])


def sent(answer: Answer) -> HttpResponse:
    response = json_answer(answer.body, answer.status)
    if answer.replayed:
        response["Idempotency-Replayed"] = "true"
    return response
