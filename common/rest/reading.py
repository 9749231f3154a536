"""Reading what was sent as the type that a call takes; what does not fit is named with its place."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from django.http import QueryDict
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from common.json_types import Schema
from common.rest.problems import Fault, InvalidRequestError, quoted
from common.rest.values import Body, Query, name_outside

# Whoever sends a megabyte of nonsense is told so much of it.
MAX_FAULTS = 20
JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number with a fraction",
    type(None): "null",
}
# By pydantic's names of what is wrong. In braces stand keywords of the JSON schema of the place.
SENTENCES = {
    "extra_forbidden": "There is no such field.",
    "missing": "This field is required.",
    "model_type": "Must be an object, not {given}.",
    "dict_type": "Must be an object, not {given}.",
    "list_type": "Must be a list, not {given}.",
    "string_type": "Must be text, not {given}.",
    "int_type": "Must be a whole number, not {given}.",
    "bool_type": "Must be true or false, not {given}.",
    "amount_type": 'Must be a decimal number in a string, like "12.50", not {given}.',
    "greater_than_equal": "Must be from {minimum} to {maximum}.",
    "less_than_equal": "Must be from {minimum} to {maximum}.",
    "string_too_short": "Must have {minLength} to {maxLength} characters.",
    "string_too_long": "Must have {minLength} to {maxLength} characters.",
    "string_unicode": "Has half of a surrogate pair, which is no character.",
    "string_pattern_mismatch": "Has a control character.",
    "too_short": "Must have {minItems} to {maxItems} entries, not {entries}.",
    "too_long": "Must have {minItems} to {maxItems} entries, not {entries}.",
    "literal_error": "Must be one of {choices}.",
}
SENTENCES_OF_QUERIES = SENTENCES | {
    "extra_forbidden": "There is no such parameter.",
    "missing": "Is required.",
}

B = TypeVar("B", bound=Body)
Q = TypeVar("Q", bound=Query)


def read_body(kind: type[B], value: object) -> B:
    """Decoded JSON as a body. Raises ``InvalidRequestError`` with what is wrong."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise _refusal(_faults(kind, error, SENTENCES)) from None


def read_query(kind: type[Q], given: QueryDict) -> Q:
    """The parameters of an address. Raises ``InvalidRequestError`` with what is wrong."""
    names = {name_outside(name) for name in kind.model_fields}
    faults = [
        Fault(name, "Is given more than once.")
        for name, texts in given.lists()
        if name in names and len(texts) > 1
    ]
    repeated = {fault.field for fault in faults}
    query = None
    try:
        query = kind.model_validate(given.dict())
    except ValidationError as error:
        others = _faults(kind, error, SENTENCES_OF_QUERIES)
        faults += [fault for fault in others if fault.field not in repeated]
    if faults or query is None:
        raise _refusal(faults)
    return query


def first_fault(kind: type[Body], error: ValidationError) -> Fault:
    """What is wrong with a part of a body that was read by itself; its place is within that part."""
    return _faults(kind, error, SENTENCES)[0]


def _refusal(faults: Sequence[Fault]) -> InvalidRequestError:
    if len(faults) > MAX_FAULTS:
        more = Fault("", f"There are more faults; these are the first {MAX_FAULTS}.")
        faults = [*faults[:MAX_FAULTS], more]
    return InvalidRequestError(faults)


def _faults(
    kind: type[BaseModel], error: ValidationError, sentences: dict[str, str]
) -> list[Fault]:
    """Up to one more than are told. What is missing comes last."""
    details = sorted(
        error.errors(include_url=False), key=lambda detail: detail["type"] == "missing"
    )
    return [_fault(kind, detail, sentences) for detail in details[: MAX_FAULTS + 1]]


def _fault(kind: type[BaseModel], detail: ErrorDetails, sentences: dict[str, str]) -> Fault:
    place, schema = _place(detail["loc"], _schema_of(kind))
    sentence = sentences.get(detail["type"])
    if sentence is None:
        return Fault(place, detail["msg"])
    given: Any = detail["input"]
    keywords = {"minLength": 0} | schema
    return Fault(
        place,
        sentence.format(
            **keywords,
            given=JSON_NAMES.get(type(given), "this"),
            entries=len(given) if isinstance(given, list) else 0,
            choices=", ".join(schema.get("enum", ())),
        ),
    )


def _place(where: tuple[int | str, ...], whole: Schema) -> tuple[str, Schema]:
    """A place as it is named to people, and what the schema says of it."""
    named, schema = "", whole
    for step in where:
        if isinstance(step, int):
            named += f"[{step}]"
            schema = schema["items"]
        elif "oneOf" in schema:  # as which of them it was read; no part of the place
            schema = {"$ref": f"#/$defs/{step}"}
        else:
            named += ("." if named else "") + quoted(step)
            # Of an object with names of the sender's own, all are alike.
            names = schema.get("properties")
            schema = schema["additionalProperties"] if names is None else names.get(step, {})
        if "$ref" in schema:
            schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    return named, schema


@cache
def _schema_of(kind: type[BaseModel]) -> Schema:
    return kind.model_json_schema()
