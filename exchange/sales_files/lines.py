"""What each row of a sales file says: so many tickets of an item, at a price, under a reference; or why it cannot be read."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from allocations.models import Listing, SalesChannel
from common.clock import UnclearTimeError, moment_of
from common.names import name_key
from events.enums import EventStatus
from events.models import Event
from exchange.cell_types import LARGEST_AMOUNT, Raw, excerpt, plain
from exchange.numbers import AmbiguousNumberError, NotANumberError, read_number
from exchange.sales_files.mapping import FileMapping
from exchange.sales_files.rows import FileRow
from offline.enums import FileMode
from offline.services import MAX_PER_LINE

LONGEST_REFERENCE = 40
# Excel's count of days, where a date has come as a number: from 2000 to 2100.
EXCEL_BEGINS = datetime(1899, 12, 30)  # noqa: DTZ001 - a local time of the venue
EXCEL_DATES = (36_526, 73_050)
_CURRENCY = re.compile(r"^(?:[₹$€£]|INR|Rs\.?|EUR|USD|GBP)\s*|\s*(?:[₹$€£]|INR|EUR|USD|GBP|/-)$")
_DATES = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y")
_TIMES = ("", " %H:%M", " %H:%M:%S")
# Each is tried, after ISO 8601.
_FORMS = tuple(day + time for day in _DATES for time in _TIMES)
_EXCEL_NUMBER = re.compile(r"[0-9]{5}(\.[0-9]+)?")


# A file says the same few words and numbers a hundred thousand times.
_read_number = lru_cache(4_096)(read_number)
_key = lru_cache(4_096)(name_key)


class BadLine(Exception):
    """What is wrong with a row, for whoever sent the file."""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A row that was read. ``series``: what its tickets are counted under (``offline.models.FileLine``)."""

    row: int
    event_id: int
    item_id: int
    quantity: int
    unit_price: Decimal | None
    series: str
    said_at: datetime | None


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A row that cannot be read, with what its columns of the mapping hold."""

    row: int
    fault: str
    cells: dict[str, str]


class LineReader:
    """Reads the rows of one file by its channel's mapping and what the channel lists."""

    def __init__(self, channel: SalesChannel, mapping: FileMapping) -> None:
        self._mapping = mapping
        self._zone: ZoneInfo = channel.venue.zone
        listings = Listing.objects.filter(channel=channel).select_related("item", "event__venue")
        # Of what was never on sale nothing was sold, and a partner does not know of it: as in a sync.
        listings = listings.exclude(event__status=EventStatus.DRAFT)
        self._items: dict[int, dict[str, int]] = {}
        self._events: dict[str, list[Event]] = {}
        known: set[int] = set()
        for listing in listings.order_by("event_id", "item_id"):
            self._items.setdefault(listing.event_id, {})[name_key(listing.item.name)] = (
                listing.item_id
            )
            if listing.event_id not in known:
                known.add(listing.event_id)
                self._events.setdefault(name_key(listing.event.name), []).append(listing.event)
        self._event_words = {name_key(word): name for word, name in mapping.events.items()}
        self._item_words = {name_key(word): name for word, name in mapping.items.items()}
        self._counted = {name_key(word) for word in mapping.counted}

    def read(self, rows: Iterable[FileRow]) -> Iterator[SoldLine | FaultyLine]:
        """Each row; but a last one that only adds the others up is no sale."""
        total = 0
        waiting: FaultyLine | None = None
        for row in rows:
            if waiting is not None:
                yield waiting
                waiting = None
            try:
                line = self._line(row)
            except BadLine as error:
                fault = FaultyLine(row.number, str(error)[:300], row.texts)
                if self._is_sum(row, total):
                    waiting = fault
                else:
                    yield fault
            else:
                total += line.quantity
                yield line

    def _is_sum(self, row: FileRow, total: int) -> bool:
        """Without an item and a reference, and with the sum of what stands above it."""
        if any(row.cells.get(role) not in (None, "") for role in ("item", "reference")):
            return False
        try:
            return self._quantity(row) == total
        except BadLine:
            return False

    def _line(self, row: FileRow) -> SoldLine:
        if row.wrong:
            raise BadLine(row.wrong)
        event = self._event(row)
        item_id = self._item(row, event.pk)
        quantity = self._quantity(row)
        if "status" in self._mapping.columns and self._counted:
            status = _key(plain(row.cells.get("status")) if row.cells.get("status") else "")
            quantity = quantity if status in self._counted else 0
        price = self._price(row)
        return SoldLine(
            row.number,
            event.pk,
            item_id,
            quantity,
            price,
            self._series(row, item_id),
            self._time(row),
        )

    def _series(self, row: FileRow, item_id: int) -> str:
        if self._mapping.mode == FileMode.TOTALS:
            return f"total|{item_id}"
        reference = plain(row.cells.get("reference")) if row.cells.get("reference") else ""
        if not reference:
            raise BadLine("The line has no reference.")
        if len(reference) > LONGEST_REFERENCE or not reference.isprintable():
            reference = hashlib.sha256(reference.encode()).hexdigest()[:LONGEST_REFERENCE]
        return f"{reference}|{item_id}"

    def _event(self, row: FileRow) -> Event:
        if self._mapping.event_id is not None:
            candidates = [
                event
                for events in self._events.values()
                for event in events
                if event.pk == self._mapping.event_id
            ]
            if not candidates:
                raise BadLine("The channel lists nothing of the mapping's event.")
            return candidates[0]
        word = plain(row.cells.get("event")) if row.cells.get("event") else ""
        name = self._event_words.get(_key(word), word)
        candidates = self._events.get(_key(name), [])
        if not candidates:
            raise BadLine(f"The channel lists no event {excerpt(word)}.")
        day = self._day(row)
        if day is not None:
            candidates = [event for event in candidates if self._starts_on(event) == day]
            if not candidates:
                raise BadLine(f"{excerpt(word)} does not take place on {day.isoformat()}.")
        if len(candidates) > 1:
            raise BadLine(
                f"There are {len(candidates)} dates of {excerpt(word)}: say which, in a column of its own."
            )
        return candidates[0]

    def _starts_on(self, event: Event) -> date:
        return event.starts_at.astimezone(self._zone).date()

    def _item(self, row: FileRow, event_id: int) -> int:
        word = plain(row.cells.get("item")) if row.cells.get("item") else ""
        name = self._item_words.get(_key(word), word)
        item_id = self._items.get(event_id, {}).get(_key(name))
        if item_id is None:
            raise BadLine(f"The channel lists no item {excerpt(word)} of this event.")
        return item_id

    def _quantity(self, row: FileRow) -> int:
        if "quantity" not in self._mapping.columns:
            return 1
        number = self._number(row.cells.get("quantity"), "how many")
        if number is None:
            raise BadLine("The line does not say how many.")
        largest = MAX_PER_LINE if self._mapping.mode == FileMode.LINES else 10_000_000
        if number != int(number) or not 0 <= number <= largest:
            raise BadLine(f"{number:f} is no number of tickets from 0 to {largest}.")
        return int(number)

    def _price(self, row: FileRow) -> Decimal | None:
        number = self._number(row.cells.get("price"), "a price")
        if number is None:
            return None
        if not 0 <= number < LARGEST_AMOUNT or number != round(number, 2):
            raise BadLine(f"{number:f} is no price with two decimals.")
        return number.quantize(Decimal("0.01"))

    def _number(self, raw: Raw, what: str) -> Decimal | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, bool | date | timedelta):
            raise BadLine(f"{excerpt(plain(raw))} is not {what}.")
        text = f"{round(raw, 6):f}" if isinstance(raw, float) else _CURRENCY.sub("", plain(raw))
        try:
            return _read_number(text.strip())
        except NotANumberError:
            raise BadLine(f"{excerpt(plain(raw))} is not {what}.") from None
        except AmbiguousNumberError as error:
            if not self._mapping.decimal:
                raise BadLine(
                    f"{excerpt(text)} can be {error.grouped:f} or {error.fraction:f}: say in the mapping after "
                    "which sign decimals stand."
                ) from None
            return error.fraction if self._mapping.decimal in text else error.grouped

    def _day(self, row: FileRow) -> date | None:
        raw = row.cells.get("date")
        if raw is None or raw == "":
            return None
        local = _local_time(raw)
        if local is None:
            raise BadLine(f"{excerpt(plain(raw))} is not a date such as 2026-12-05.")
        return local.astimezone(self._zone).date() if local.tzinfo else local.date()

    def _time(self, row: FileRow) -> datetime | None:
        """By the channel's own clock: evidence, which nothing rests on; so one that cannot be read is none."""
        raw = row.cells.get("time")
        local = None if raw is None or raw == "" else _local_time(raw)
        if local is None or local.tzinfo is not None:
            return local
        try:
            return moment_of(local, self._zone)
        except UnclearTimeError:
            return local.replace(tzinfo=self._zone).astimezone(UTC)


def _local_time(raw: Raw) -> datetime | None:
    match raw:
        case datetime():
            return raw
        case date():
            return datetime(raw.year, raw.month, raw.day)  # noqa: DTZ001
        case bool() | timedelta():
            return None
        case int() | float():
            return _excel_time(float(raw))
    return _written_time(plain(raw))


# Sales of one minute are many, and so are those of one day.
@lru_cache(4_096)
def _written_time(text: str) -> datetime | None:
    if _EXCEL_NUMBER.fullmatch(text):
        return _excel_time(float(text))
    for form in ("", *_FORMS):
        try:
            return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _excel_time(number: float) -> datetime | None:
    first, last = EXCEL_DATES
    return EXCEL_BEGINS + timedelta(days=number) if first <= number < last else None
