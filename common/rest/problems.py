"""Every answer that is no success: ``application/problem+json`` (RFC 9457)."""

import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from pydantic import ConfigDict, with_config
from rest_framework import exceptions
from typing_extensions import TypedDict

from common.errors import InvalidInputError, RefusedError
from common.json_types import JsonSchema, OneOf
from common.rest.codes import ALL, CODES

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
TYPE_PATH = "/api/v1/problems/{code}/"
SERVER_ERROR = 500
# What is refused only for the moment, and after how many seconds a retry makes sense.
RETRY_SECONDS = {"BUSY": 1, "UNAVAILABLE": 2, "IDEMPOTENCY_IN_FLIGHT": 1}


class Fault(NamedTuple):
    """One thing that is wrong with a request, and where."""

    field: str
    detail: str


@with_config(ConfigDict(extra="forbid"))
class FaultJson(TypedDict):
    """One fault and its place."""

    field: str
    detail: str


@with_config(ConfigDict(extra="allow"))
class ProblemJson(TypedDict):
    """
    Why a request was refused (RFC 9457). The numbers that explain it stand beside these fields, such
    as `asked` and `sellable`.
    """

    type: Annotated[str, JsonSchema(format="uri-reference")]
    title: str
    status: int
    detail: str
    code: Annotated[str, OneOf(CODES)]
    errors: list[FaultJson]


def quoted(name: str) -> str:
    """A name that somebody else chose, short and printable."""
    return ascii(name)[1:-1][:60]


class InvalidRequestError(InvalidInputError):
    """A body, a query or a header that cannot be meant; its faults are told at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(f"{first.field}: {first.detail}" if first.field else first.detail)
        self.faults = faults


class MissingScopeError(RefusedError):
    code = "FORBIDDEN"
    title = "Not allowed"
    status = 403


class TooLargeError(RefusedError):
    code = "PAYLOAD_TOO_LARGE"
    title = "The body is too large"
    status = 413


class LengthRequiredError(RefusedError):
    code = "LENGTH_REQUIRED"
    title = "The body's length is missing"
    status = 411


def problem(
    code: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    numbers: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer for one of ``codes.ALL``; ``numbers`` stand at the top level beside the rest."""
    kind = ALL[code]
    body: ProblemJson = {
        "type": TYPE_PATH.format(code=code),
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "code": code,
        "errors": [{"field": fault.field, "detail": fault.detail} for fault in faults],
    }
    # ASCII: what a hostile request is quoted with may not be encodable at all.
    response = HttpResponse(
        json.dumps({**(numbers or {}), **body}, default=str),
        status=kind.status,
        content_type=CONTENT_TYPE,
    )
    for name, value in (headers or {}).items():
        response[name] = value
    if kind.status < SERVER_ERROR:
        # A refusal is an answer and no incident: a thousand buyers of the last ticket are no news.
        vars(response)["_has_been_logged"] = True
    if code in RETRY_SECONDS:
        response.setdefault("Retry-After", str(RETRY_SECONDS[code]))
    return response


# What Django itself raises, the narrower before the wider.
_DJANGO: tuple[tuple[type[Exception], str, str], ...] = (
    (Http404, "NOT_FOUND", "There is nothing here."),
    (PermissionDenied, "FORBIDDEN", "This is not allowed."),
    (RequestDataTooBig, "PAYLOAD_TOO_LARGE", "The body is larger than this API accepts."),
    (SuspiciousOperation, "VALIDATION", "The request is malformed."),
    (BadRequest, "VALIDATION", "The request is malformed."),
    (OperationalError, "UNAVAILABLE", "The service cannot answer at the moment. Try again."),
    (InterfaceError, "UNAVAILABLE", "The service cannot answer at the moment. Try again."),
)


def handle(error: Exception, context: Mapping[str, Any] | None = None) -> HttpResponse | None:
    """DRF's exception handler. ``None`` for what nobody foresaw: that is logged, and a 500."""
    del context
    if isinstance(error, RefusedError):
        return of_refusal(error)
    if isinstance(error, exceptions.APIException):
        return of_framework(error)
    for kind, code, detail in _DJANGO:
        if isinstance(error, kind):
            if code == "UNAVAILABLE":
                log.error("The database does not answer.", exc_info=error)
            return problem(code, detail)
    return None


def of_refusal(error: RefusedError) -> HttpResponse:
    """A refusal that the API does not explain is one all the same, and no 500; it is logged for us to explain it."""
    faults: Sequence[Fault] = ()
    if isinstance(error, InvalidRequestError):
        faults = error.faults
    elif error.field:
        faults = [Fault(error.field, error.detail)]
    code = error.code
    if code not in ALL:
        log.error("The API answers a refusal that it does not explain: %s.", code, exc_info=error)
        code = RefusedError.code
    return problem(code, error.detail, faults=faults, numbers=error.numbers)


# The framework's refusals, the narrower before the wider.
_FRAMEWORK: tuple[tuple[type[exceptions.APIException], str], ...] = (
    (exceptions.NotAuthenticated, "NOT_AUTHENTICATED"),
    (exceptions.AuthenticationFailed, "NOT_AUTHENTICATED"),
    (exceptions.PermissionDenied, "FORBIDDEN"),
    (exceptions.NotFound, "NOT_FOUND"),
    (exceptions.MethodNotAllowed, "METHOD_NOT_ALLOWED"),
    (exceptions.NotAcceptable, "NOT_ACCEPTABLE"),
    (exceptions.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE"),
    (exceptions.Throttled, "RATE_LIMITED"),
)


def of_framework(error: exceptions.APIException) -> HttpResponse:
    code = next((code for kind, code in _FRAMEWORK if isinstance(error, kind)), "VALIDATION")
    headers = {}
    if (challenge := getattr(error, "auth_header", None)) is not None:
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    faults = [Fault("Content-Type", str(error.detail))] if code == "UNSUPPORTED_MEDIA_TYPE" else []
    return problem(code, str(error.detail), faults=faults, headers=headers)
