"""JSON, read more strictly than Python does: nothing is guessed, nothing silently dropped."""

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any, NoReturn

from django.conf import settings
from django.utils.datastructures import MultiValueDict
from rest_framework.parsers import BaseParser

from common.rest.problems import (
    Fault,
    InvalidRequestError,
    LengthRequiredError,
    TooLargeError,
    quoted,
)

MAX_DIGITS = 100
# Several times what any body has. Each unknown field costs as much as a fault, told or not.
MAX_FIELDS = 100
# Of fields of a form that are sent twice so many are named.
MAX_TWICE = 20


class StrictJSONParser(BaseParser):
    """Refuses what JSON readers disagree about: NaN, a name given twice, bytes that are no UTF-8.

    Fractions are read as ``Decimal``, so that no amount is rounded on its way in.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        del media_type, parser_context
        return loads(stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))


def form_of(data: MultiValueDict[str, Any]) -> dict[str, Any]:
    """The fields of a form. Raises ``InvalidRequestError`` for one that is sent twice."""
    twice = [name for name, values in data.lists() if len(values) > 1]
    if twice:
        raise InvalidRequestError(
            [Fault(quoted(name), "Is given more than once.") for name in twice[:MAX_TWICE]]
        )
    return data.dict()


def check_length(meta: Mapping[str, Any], maximum: int) -> None:
    """Judge a body by its headers. Raises ``TooLargeError`` and ``LengthRequiredError``."""
    length = str(meta.get("CONTENT_LENGTH") or "")
    if not length and meta.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequiredError("Send Content-Length; a chunked body is not read.")
    if length.isascii() and length.isdecimal() and int(length[:20]) > maximum:
        raise TooLargeError(
            f"A body has at most {maximum} bytes here.", field="body", maximum=maximum
        )


def loads(body: bytes) -> Any:
    """Raises ``InvalidRequestError`` for whatever is not plain JSON."""
    try:
        return _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise malformed("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise malformed(
            f"The body is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from None


def malformed(detail: str, where: str = "body") -> InvalidRequestError:
    return InvalidRequestError([Fault(where, detail)])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice, _times = Counter(name for name, _value in pairs).most_common(1)[0]
        raise malformed("The name stands twice in one object.", quoted(twice))
    if len(fields) > MAX_FIELDS:
        raise malformed(f"An object has more than {MAX_FIELDS} fields.")
    if not "".join(fields).isascii():
        for name in fields:
            _check_name(name)
    return fields


def _check_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise malformed(
            "The name has half of a surrogate pair, which is no character.", quoted(name)
        ) from None


def _constant(name: str) -> NoReturn:
    raise malformed(f"{name} is no JSON number.")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise malformed("A number has far too many digits.")
    return int(digits)


def _fraction(digits: str) -> Decimal:
    """Raises ``InvalidRequestError`` also for few digits with an exponent that no amount has."""
    try:
        number = Decimal(digits)
    except InvalidOperation:  # beyond what any decimal can be
        number = None
    if number is None or len(digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise malformed("A number has far too many digits.")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_constant,
    parse_int=_whole,
    parse_float=_fraction,
)
