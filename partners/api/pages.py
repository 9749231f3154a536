"""Cursor pages: each goes on after the last row of the one before, however much was added."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Model, QuerySet
from pydantic import Field, PlainValidator
from rest_framework.request import Request
from typing_extensions import TypedDict

from common.json_types import JsonSchema
from common.rest.values import LARGEST_ID, Number, Omittable, Query, json_schema, wrong

MAX_PER_PAGE = 200

M = TypeVar("M", bound=Model)
Row = TypeVar("Row")


class Page(TypedDict, Generic[Row]):
    """A page."""

    results: list[Row]
    next: Annotated[str, JsonSchema(format="uri")] | None
    """The address of the next page; null on the last one."""


def _cursor(text: str, numbers: int) -> tuple[int, ...]:
    try:
        plain = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error, ValueError):
        plain = ""
    if re.fullmatch(rf"-?[0-9]{{1,19}}(\.-?[0-9]{{1,19}}){{{numbers - 1}}}", plain):
        position = tuple(int(number) for number in plain.split("."))
        if all(-LARGEST_ID <= number <= LARGEST_ID for number in position):
            return position
    raise wrong("Is no cursor of ours: start again without one.")


# Whole numbers that say after which row to go on. No format is promised: a "pattern" would be one.
OneNumber = Annotated[
    tuple[int, ...], PlainValidator(lambda text: _cursor(text, 1)), json_schema("string")
]
TwoNumbers = Annotated[
    tuple[int, ...], PlainValidator(lambda text: _cursor(text, 2)), json_schema("string")
]


class PageQuery(Query):
    """What every list takes."""

    cursor: Omittable[OneNumber] = None
    """Where to go on: the one that `next` holds."""
    page_size: Omittable[Annotated[int, Field(ge=1, le=MAX_PER_PAGE), Number]] = Field(
        None, description=f"Rows on a page; {settings.API_PAGE_SIZE} unless said."
    )


def newest_first(rows: QuerySet[M], query: PageQuery, **lookups: object) -> QuerySet[M]:
    """Those that match each lookup that was asked for, the newest first, from the cursor on."""
    lookups["pk__lt"] = query.cursor and query.cursor[0]
    given = {lookup: value for lookup, value in lookups.items() if value is not None}
    return rows.filter(**given).order_by("-pk")


def encoded(numbers: Sequence[int]) -> str:
    plain = ".".join(str(number) for number in numbers)
    return base64.b64encode(plain.encode(), altchars=b"-_").decode()


def page(
    request: Request,
    rows: QuerySet[M],
    page_size: int | None,
    position: Callable[[M], Sequence[int]],
    present: Callable[[M], Row],
) -> Page[Row]:
    """One page of ``rows``, which are in order and begin after the cursor, and the next's address."""
    batch, following = cut(request, rows, page_size, position)
    return {"results": [present(row) for row in batch], "next": following}


def cut(
    request: Request,
    rows: QuerySet[M],
    page_size: int | None,
    position: Callable[[M], Sequence[int]],
) -> tuple[list[M], str | None]:
    """The rows of a page, and the address of the next.

    One row more is read than is shown: so the end is known without counting.
    """
    size = page_size or settings.API_PAGE_SIZE
    batch = list(rows[: size + 1])
    following = None
    if len(batch) > size:
        query = request.query_params.dict() | {"cursor": encoded(position(batch[size - 1]))}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
    return batch[:size], following
