"""Cursor pages: each goes on after the last row of the one before, however much was added."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Model, QuerySet
from rest_framework.request import Request

from partners.api.problems import Fault
from partners.api.queries import Number, Parameter
from partners.api.shapes import LARGEST_ID, Faults, Whole

MAX_PER_PAGE = 200

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Whole numbers that say after which row to go on; callers need not look inside."""

    numbers: int
    about: str = "Where to go on: the one that `next` holds."

    def parse(self, text: str, at: str, faults: Faults) -> tuple[int, ...] | None:
        try:
            plain = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True).decode()
        except (UnicodeError, binascii.Error, ValueError):
            plain = ""
        if re.fullmatch(rf"-?[0-9]{{1,19}}(\.-?[0-9]{{1,19}}){{{self.numbers - 1}}}", plain):
            found = tuple(int(number) for number in plain.split("."))
            if all(-LARGEST_ID <= number <= LARGEST_ID for number in found):
                return found
        faults.append(Fault(at, "Is no cursor of ours: start again without one."))
        return None

    def schema(self) -> dict[str, Any]:
        # No format is promised; a "pattern" would be one.
        return {"type": "string"}


def encoded(numbers: Sequence[int]) -> str:
    plain = ".".join(str(number) for number in numbers)
    return base64.b64encode(plain.encode(), altchars=b"-_").decode()


def parameters(numbers: int) -> dict[str, Parameter]:
    """What every list takes."""
    about = f"Rows on a page; {settings.API_PAGE_SIZE} unless said."
    return {
        "cursor": Cursor(numbers),
        "page_size": Number(Whole(1, MAX_PER_PAGE, about)),
    }


def page(
    request: Request,
    rows: QuerySet[M],
    page_size: int | None,
    position: Callable[[M], Sequence[int]],
    present: Callable[[M], dict[str, Any]],
) -> dict[str, Any]:
    """One page of ``rows``, which are in order and begin after the cursor, and the next's address."""
    found, following = cut(request, rows, page_size, position)
    return {"results": [present(row) for row in found], "next": following}


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
    found = list(rows[: size + 1])
    following = None
    if len(found) > size:
        query = request.query_params.dict() | {"cursor": encoded(position(found[size - 1]))}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
    return found[:size], following
