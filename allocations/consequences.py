"""What a change sets off at once on stock rows: unsold units go back for good, drawing opens or ends."""

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from allocations.enums import StockKind
from allocations.ledger import Terms
from allocations.models import Stock
from allocations.plans.reschedule import work_out
from allocations.setup import Window
from common.text import minute
from events import consequences
from events.models import Event


def of_dates(
    before: Event,
    after: Event,
    now: datetime,
    *,
    field: str = "starts_at",
    without: Container[int] = (),
) -> list[str]:
    """What other dates of an event set off at once, with what its plans derive from them.

    ``without``: pools whose plans are about to be replaced. Raises ``InvalidInputError``, of ``field``, when a rule of a plan leads nowhere.
    """
    return [
        *consequences.of_dates(before, after, now),
        *of_terms(after, work_out(before, after, field=field, without=without).terms, now),
    ]


def of_terms(event: Event, terms: Mapping[int, Terms], now: datetime) -> list[str]:
    """What other terms set off at once, by row."""
    rows = Stock.objects.filter(pk__in=list(terms)).select_related("pool", "channel", "draws_on")
    return [
        sentence
        for row in rows.order_by("pk")
        for sentence in _of_row(row, terms[row.pk], event, now)
    ]


def _of_row(row: Stock, terms: Terms, event: Event, now: datetime) -> Iterator[str]:
    zone = event.venue.zone
    if terms.releases_at is not None and _passes(row.releases_at, terms.releases_at, now):
        free = row.quantity if row.kind == StockKind.OPEN else row.free
        if free:
            yield _(
                "%(row)s: %(units)d unsold units go back to the open stock at once and for good, by its date %(when)s."
            ) % {"row": row, "units": free, "when": minute(terms.releases_at, zone)}
    drew, draws = (
        on is not None and Window(start, end).includes(now)
        for on, start, end in (
            (row.draws_on_id, row.draws_from, row.draws_until),
            (terms.draws_on_id, terms.draws_from, terms.draws_until),
        )
    )
    if draws and not drew:
        yield _("%s draws on shared stock at once.") % row
    elif drew and not draws:
        yield _("%s draws on shared stock no longer, from now on.") % row


def _passes(before: datetime | None, after: datetime, now: datetime) -> bool:
    return after <= now and (before is None or before > now)


def of_windows(
    parts: Iterable[tuple[str, consequences.Window, consequences.Window]],
    event: Event,
    now: datetime,
) -> list[str]:
    """What other sales windows of items and listings open or end at once."""
    return [
        sentence
        for what, before, after in parts
        for sentence in consequences.of_window(what, before, after, event, now)
    ]
