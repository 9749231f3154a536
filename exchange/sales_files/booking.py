"""A sales file that was read is held against what was reported before, booked, and undone by its exact inverse.

What a file says of a series is how many tickets it has now; booked is the difference to what the channel's
reports of the series add up to. So the same file twice changes nothing, a corrected one books what has changed, and a
worker that is killed in the middle goes on where it was: each thousand of series is one sync.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import NamedTuple, TypeVar

from django.db import connection
from django.db.models.functions import Now

from common.actor import Actor
from idempotency.errors import BusyError
from offline import models
from offline.enums import FileState, Outcome, ReportKind
from offline.models import SalesFile
from offline.services import (
    MAX_PER_LINE,
    MAX_REPORTS,
    Fault,
    OrderLine,
    ReturnReport,
    SaleReport,
    sync,
)

T = TypeVar("T")
# Hears how many series of how many are through.
Tell = Callable[[int, int], None]

SERIES_AT_ONCE = 1_000


@dataclass(slots=True)
class Summary:
    """What a file says, or what became of it: lines, and tickets that it adds and takes back."""

    lines: int = 0
    known: int = 0
    """Series of which nothing changes."""
    new: int = 0
    changed: int = 0
    unreadable: int = 0
    added: int = 0
    taken_back: int = 0
    conflicts: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    """Row and reason of the first that cannot be read."""
    gone: int = 0
    """Series of before, of the same events, that a file of the whole does not have any more."""
    gone_tickets: int = 0


class Series(NamedTuple):
    """What a file says of a series, and what was reported of it before."""

    name: str
    event_id: int
    item_id: int
    row: int
    said: int
    price: Decimal | None
    reported: int
    reported_price: Decimal | None
    reports: int = 1
    """How many sales and returns of it were reported."""

    @property
    def is_repriced(self) -> bool:
        """Whether what was reported has another price by now: it is taken back, and sold anew."""
        if self.price is None or self.reported_price is None:
            return False
        return bool(self.reported and self.said) and self.price != self.reported_price


class _Sale(NamedTuple):
    """A sale of a series, with how many of its tickets were not returned."""

    client_id: str
    left: int


# What is reported of each series adds up to what the file says of it. Lines of one series at several prices count
# at their mean. Both are added up side by side: no join, of which the planner could take the wrong one.
_SERIES = """
WITH said AS MATERIALIZED (
    SELECT series, min(event_id) AS event_id, min(item_id) AS item_id, min(row) AS row,
           sum(quantity) AS tickets,
           round(coalesce(sum(quantity * unit_price) / nullif(sum(quantity), 0), min(unit_price)), 2) AS price
      FROM offline_fileline WHERE file_id = %(file)s AND fault = '' GROUP BY series
), parts AS (
    SELECT series, event_id, item_id, row, tickets AS said, price, 0 AS reported, NULL::numeric AS reported_price,
           NULL::bigint AS report_id
      FROM said
     UNION ALL
    SELECT r.series, NULL, NULL, NULL, 0, NULL, CASE r.kind WHEN 'SALE' THEN r.tickets ELSE -r.tickets END,
           CASE r.kind WHEN 'SALE' THEN (r.said ->> 'price')::numeric END, r.id
      FROM offline_report r
     WHERE r.channel_id = %(channel)s AND r.series <> '' AND r.series IN (SELECT series FROM said)
), sums AS (
    SELECT series, min(event_id) AS event_id, min(item_id) AS item_id, min(row) AS row, sum(said)::bigint AS said,
           min(price) AS price, sum(reported)::bigint AS reported,
           (array_agg(reported_price ORDER BY report_id DESC)
                FILTER (WHERE reported_price IS NOT NULL))[1] AS reported_price, count(report_id) AS reports
      FROM parts GROUP BY series
), compared AS (
    SELECT *, said = reported AND (said = 0 OR coalesce(price = reported_price, true)) AS is_same FROM sums
)
"""
_COUNTS = f"""{_SERIES}
SELECT count(*) FILTER (WHERE is_same), count(*) FILTER (WHERE reported = 0 AND said > 0),
       count(*) FILTER (WHERE reported <> 0 AND NOT is_same),
       coalesce(sum(greatest(said - reported, 0)), 0)::bigint,
       coalesce(sum(greatest(reported - said, 0)), 0)::bigint
  FROM compared
"""  # noqa: S608 - our own words
_PENDING = f"""{_SERIES}
SELECT series, event_id, item_id, row, said, price, reported, reported_price, reports
  FROM compared WHERE NOT is_same ORDER BY row
"""  # noqa: S608


def summary_of(file: SalesFile) -> Summary:
    """What booking the file would change now."""
    summary = Summary(lines=file.lines.count())
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, _values(file))
        summary.known, summary.new, summary.changed, summary.added, summary.taken_back = (
            cursor.fetchone()
        )
    faulty = file.lines.exclude(fault="")
    summary.unreadable = faulty.count()
    summary.problems = list(faulty.order_by("row").values_list("row", "fault")[:100])
    if file.is_whole:
        gone = gone_series(file)
        summary.gone, summary.gone_tickets = len(gone), sum(series.reported for series in gone)
    return summary


def _nobody(done: int, total: int) -> None:
    """Of whoever is not told how far it is."""


def book_file(file: SalesFile, *, by: Actor, tell: Tell = _nobody) -> int:
    """Book the differences; lines that cannot be read become work items. May be called again at any time.

    Returns how many sales of the file had no stock. ``tell`` hears how many of the series are through. Raises what
    ``offline.sync`` raises, and what ``tell`` raises; what was booked until then stays, and a further call goes on.
    ``BusyError`` where somebody keeps the stock of some: all others are booked.
    """
    SalesFile.objects.filter(pk=file.pk).update(state=FileState.BOOKING)
    left = _report_all(file, pending_series(file), by, tell)
    for faulty in _chunks(file.lines.exclude(fault="").order_by("row").iterator(), MAX_REPORTS):
        reports = [
            SaleReport(
                f"file:{file.digest[:24]}:{line.row}",
                {"row": line.row, "cells": line.cells},
                fault=Fault(f"row {line.row}", line.fault),
            )
            for line in faulty
        ]
        sync(file.channel_id, reports, by=by, sales_file_id=file.pk)
    _require_all(left)
    SalesFile.objects.filter(pk=file.pk).update(state=FileState.DONE, finished_at=Now())
    conflicts = models.Conflict.objects.filter(report__sync__sales_file=file)
    return conflicts.filter(report__outcome=Outcome.CONFLICT).count()


def take_back_gone(file: SalesFile, *, by: Actor, tell: Tell = _nobody) -> int:
    """Refund what a file of the whole does not have any more; how many tickets."""
    gone = gone_series(file)
    _require_all(_report_all(file, gone, by, tell))
    return sum(series.reported for series in gone)


# Of each series that the file has changed: what it added, the price that it gave, and the price before it; and of
# all reports of the series how many tickets there are, and at which price.
_CHANGED = """
WITH own AS (
    SELECT r.series, min(r.id) AS first_id, sum(CASE r.kind WHEN 'SALE' THEN r.tickets ELSE -r.tickets END) AS tickets,
           (array_agg((r.said ->> 'price')::numeric ORDER BY r.id DESC) FILTER (WHERE r.kind = 'SALE'))[1] AS price
      FROM offline_report r JOIN offline_sync s ON s.id = r.sync_id
     WHERE s.sales_file_id = %(file)s AND r.series <> '' GROUP BY r.series
)
SELECT o.series, o.tickets::bigint, sum(CASE r.kind WHEN 'SALE' THEN r.tickets ELSE -r.tickets END)::bigint, o.price,
       (array_agg((r.said ->> 'price')::numeric ORDER BY r.id DESC) FILTER (WHERE r.kind = 'SALE'))[1],
       (array_agg((r.said ->> 'price')::numeric ORDER BY r.id DESC)
            FILTER (WHERE r.kind = 'SALE' AND r.id < o.first_id))[1]
  FROM own o JOIN offline_report r ON r.channel_id = %(channel)s AND r.series = o.series AND r.series <> ''
 GROUP BY o.series, o.tickets, o.price, o.first_id
 ORDER BY o.first_id
"""


class _Change(NamedTuple):
    """What a file has changed of a series, and what is reported of it now."""

    series: str
    tickets: int
    reported: int
    price: Decimal | None
    """Its own, where it has sold any."""
    reported_price: Decimal | None
    price_before: Decimal | None

    @property
    def undone(self) -> Series:
        """As it was before the file, with what later files have changed; a price that a later one gave stays."""
        own_price_holds = self.price is not None and self.price == self.reported_price
        price = self.price_before if own_price_holds else None
        if price is None:
            price = self.reported_price
        return Series(
            name=self.series,
            event_id=0,
            item_id=int(self.series.rpartition("|")[2]),
            row=0,
            said=self.reported - self.tickets,
            price=price,
            reported=self.reported,
            reported_price=self.reported_price,
        )


def undo_file(file: SalesFile, *, by: Actor, tell: Tell = _nobody) -> int:
    """Take back exactly what the file has added, add what it has taken back, at the prices of before.

    Returns how many series change.
    """
    SalesFile.objects.filter(pk=file.pk).update(state=FileState.UNDOING)
    series = [change.undone for change in _changes_of(file)]
    undone = [entry for entry in series if entry.said != entry.reported or entry.is_repriced]
    _require_all(_report_all(file, undone, by, tell))
    SalesFile.objects.filter(pk=file.pk).update(state=FileState.UNDONE, finished_at=Now())
    return len(undone)


def effect_of(file: SalesFile) -> tuple[int, int]:
    """How many tickets the file has added, and how many it has taken back: what undoing it turns around."""
    changed = [change.tickets for change in _changes_of(file)]
    return sum(max(tickets, 0) for tickets in changed), sum(max(-tickets, 0) for tickets in changed)


def _changes_of(file: SalesFile) -> list[_Change]:
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, _values(file))
        return [_Change(*row) for row in cursor.fetchall()]


def _values(file: SalesFile) -> dict[str, int]:
    return {"file": file.pk, "channel": file.channel_id}


def pending_series(file: SalesFile) -> list[Series]:
    """The series of which something changes, in the order of the file."""
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, _values(file))
        return [Series(*row) for row in cursor.fetchall()]


def gone_series(file: SalesFile) -> list[Series]:
    """What was reported of the file's events before, booked or in conflict, and is not in it."""
    counts_so_far = file.mapping is not None and file.mapping.content["mode"] == "TOTALS"
    mode = "total|%" if counts_so_far else "%"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.series, min(coalesce(b.event_id, c.event_id)),"
            "       coalesce(min(l.item_id), substring(r.series FROM '[0-9]+$')::bigint), 0, 0, NULL,"
            "       sum(CASE r.kind WHEN 'SALE' THEN r.tickets ELSE -r.tickets END), NULL"
            "  FROM offline_report r LEFT JOIN sales_booking b ON b.id = r.booking_id"
            "  LEFT JOIN sales_bookingline l ON l.booking_id = b.id AND l.number = 1"
            "  LEFT JOIN offline_conflict c ON c.report_id = r.id"
            " WHERE r.channel_id = %(channel)s AND r.series <> '' AND r.series LIKE %(mode)s"
            "   AND r.series NOT IN (SELECT series FROM offline_fileline WHERE file_id = %(file)s)"
            " GROUP BY r.series"
            " HAVING sum(CASE r.kind WHEN 'SALE' THEN r.tickets ELSE -r.tickets END) > 0"
            "    AND bool_or(coalesce(b.event_id, c.event_id)"
            "                IN (SELECT event_id FROM offline_fileline WHERE file_id = %(file)s))"
            " ORDER BY r.series",
            _values(file) | {"mode": mode},
        )
        return [Series(*row) for row in cursor.fetchall()]


def _chunks(items: Iterable[T], size: int = 0) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, size or SERIES_AT_ONCE)):
        yield chunk


def _require_all(left: int) -> None:
    """Raises ``BusyError``."""
    if left:
        raise BusyError(
            f"Somebody keeps the stock of {left} sales or returns; all others were done. Ask again to go on."
        )


def _report_all(file: SalesFile, series: Sequence[Series], by: Actor, tell: Tell) -> int:
    """How many sales and returns were left, since somebody keeps their stock."""
    done = left = 0
    for chunk in _chunks(series):
        tell(done, len(series))
        left += _report(file, chunk, by)
        done += len(chunk)
    tell(done, len(series))
    return left


def _report(file: SalesFile, chunk: Sequence[Series], by: Actor) -> int:
    """Report the difference of each series, in one sync or, where many returns are needed, several."""
    # What is new to the channel has no reports to look up; if somebody reports it meanwhile, it is known to the sync.
    before = _reports_of(file.channel_id, [series.name for series in chunk if series.reports])
    sales: list[SaleReport] = []
    returns: list[ReturnReport] = []
    for series in chunk:
        sold, given_back = before.get(series.name, ([], 0))
        difference = series.said - series.reported
        more, fewer = max(difference, 0), max(-difference, 0)
        if series.is_repriced:
            more, fewer = series.said, series.reported
        sales += _sales(series, len(sold), more)
        returns += _returns(series, sold, given_back, fewer)
    left = 0
    while sales or returns:
        now_sold, sales = sales[:MAX_REPORTS], sales[MAX_REPORTS:]
        room = MAX_REPORTS - len(now_sold)
        now_returned, returns = returns[:room], returns[room:]
        answer = sync(file.channel_id, now_sold, now_returned, by=by, sales_file_id=file.pk)
        left += answer.data["left"]
    return left


def _sales(series: Series, number: int, tickets: int) -> Iterator[SaleReport]:
    """One sale, or several where a line of a booking cannot have so many."""
    while tickets > 0:
        count = min(tickets, MAX_PER_LINE)
        number += 1
        price = None if series.price is None else str(series.price)
        said = {"series": series.name, "tickets": count, "price": price, "row": series.row}
        yield SaleReport(
            f"{series.name}#{number}",
            said,
            series=series.name,
            counted=count,
            lines=[OrderLine(series.item_id, count, series.price)],
            reference=series.name.partition("|")[0],
        )
        tickets -= count


def _returns(
    series: Series, sold: Sequence[_Sale], number: int, tickets: int
) -> Iterator[ReturnReport]:
    """Of the newest sales first."""
    for sale in reversed(sold):
        if not tickets:
            break
        count = min(tickets, sale.left)
        if not count:
            continue
        number += 1
        said = {"series": series.name, "tickets": count, "sale": sale.client_id, "row": series.row}
        yield ReturnReport(
            f"{series.name}#{number}",
            said,
            series=series.name,
            counted=count,
            sale_client_id=sale.client_id,
            tickets={series.item_id: count},
            reason="the channel's file says fewer",
        )
        tickets -= count


def _reports_of(channel_id: int, names: Sequence[str]) -> dict[str, tuple[list[_Sale], int]]:
    """Series → its sales, the oldest first, with what is left of each; and how many returns it has had."""
    if not names:
        return {}
    reports = models.Report.objects.filter(channel=channel_id, series__in=names).order_by("pk")
    sold: dict[str, dict[str, int]] = {}
    returns: dict[str, int] = {}
    for report in reports.only("series", "kind", "client_id", "tickets", "said"):
        left = sold.setdefault(report.series, {})
        if report.kind == ReportKind.SALE:
            left[report.client_id] = report.tickets
        else:
            left[report.said["sale"]] -= report.tickets
            returns[report.series] = returns.get(report.series, 0) + 1
    return {
        name: ([_Sale(client_id, count) for client_id, count in left.items()], returns.get(name, 0))
        for name, left in sold.items()
    }
