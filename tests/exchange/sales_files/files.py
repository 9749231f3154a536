"""What the tests of sales files share: a marketplace that sends files, and files as its program would write them."""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl

from allocations.enums import Connectivity
from allocations.models import SalesChannel
from common.actor import SYSTEM
from exchange.sales_files.booking import Summary, book_file, summary_of
from exchange.sales_files.reading import read_file
from offline.models import SalesFile
from tests.factories import Stage, make_stage

HEADINGS = ("event", "date", "item", "quantity", "price", "reference", "time")


def make_marketplace(units: int = 100, **stage: Any) -> Stage:
    made = make_stage(**{"pools": {"GA": units}, "name": "Diwali Gala"} | stage)
    channel = made.channels["web"]
    channel.connectivity = Connectivity.PERIODIC
    channel.save()
    return made


def channel_of(stage: Stage) -> SalesChannel:
    return SalesChannel.objects.select_related("venue").get(pk=stage.channels["web"].pk)


def row(
    reference: str, quantity: object = 1, item: str = "Ticket", price: object = "10.00"
) -> list[Any]:
    return ["Diwali Gala", "", item, quantity, price, reference, ""]


def csv(
    rows: Sequence[Sequence[object]], headings: Sequence[str] = HEADINGS, sign: str = ","
) -> bytes:
    return "\r\n".join(sign.join(str(cell) for cell in line) for line in (headings, *rows)).encode()


def xlsx(rows: Sequence[Sequence[object]], headings: Sequence[str] = HEADINGS) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for line in (headings, *rows):
        sheet.append(list(line))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def take(stage: Stage, content: bytes, **how: Any) -> tuple[SalesFile, Summary]:
    """Read and book a file."""
    file = read(stage, content, **how)
    summary = summary_of(file)
    summary.conflicts = book_file(file, by=SYSTEM)
    return file, summary


def read(stage: Stage, content: bytes, **how: Any) -> SalesFile:
    return read_file(channel=channel_of(stage), name="sales.csv", content=content, by=SYSTEM, **how)
