"""Parts of the bodies that name tickets, whoever sends them."""

from typing import Annotated, TypeVar

from pydantic import Field

from common.json_types import Entries, Text
from sales.orders import MAX_LINES, MAX_PER_LINE

T = TypeVar("T")
LineNumber = Annotated[int, Field(ge=1, le=32_767)]
Quantity = Annotated[int, Field(ge=1, le=MAX_PER_LINE)]
Reference = Annotated[str, Text(100)]
Lines = Annotated[list[T], Entries(1, MAX_LINES)]
