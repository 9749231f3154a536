"""Files of 10,000 rows, checked and imported by the worker of the system that is measured."""

import csv
import io
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from alerts.services import begin_venues
from events.models import Venue
from exchange import services
from exchange.enums import RunState
from exchange.models import ImportRun

ROWS = 10_000
CHANNELS, ITEMS = 5, 2
PATIENCE_SECONDS = 600
SECONDS_BETWEEN_LOOKS = 0.05

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Imported:
    """Seconds from the upload, and from the confirmation, to the end of what the worker did."""

    what: str
    dry_run: float
    imported: float


def measure() -> list[Imported]:
    """New events, new listings of them, and the listings once more with another price."""
    with transaction.atomic():
        venue = Venue.objects.create(name="Imports", slug="imports")
        begin_venues([venue])
    user = User.objects.create_superuser(
        "imports@finlo.example", secrets.token_urlsafe(12), name="Bench"
    )
    first = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=30)
    dates = [_date(venue, first + timedelta(hours=number)) for number in range(ROWS)]
    events = _import(user, "new events", "events", dates)
    listed = dates[: ROWS // (CHANNELS * ITEMS)]
    channels = [f"channel-{number}" for number in range(CHANNELS)]
    items = [f"Ticket {number}" for number in range(ITEMS)]
    _set_up(user, venue, listed, channels, items)
    listings = [
        {**date, "item": item, "channel": channel, "price": 400}
        for date in listed
        for item in items
        for channel in channels
    ]
    dearer = [{**listing, "price": 450} for listing in listings]
    return [
        events,
        _import(user, "new listings", "listings", listings),
        _import(user, "listings with another price", "listings", dearer),
    ]


def _set_up(
    user: User, venue: Venue, dates: Sequence[Row], channels: Sequence[str], items: Sequence[str]
) -> None:
    """What listings need: imported too, as that is the quickest way to so much of it."""
    about = {"name": "Website", "place": "WEBSITE", "pricing": "FIXED", "connectivity": "REAL_TIME"}
    _import(
        user,
        "channels",
        "channels",
        [
            {"venue": venue.slug, "channel": code, **about, "name": code.title()}
            for code in channels
        ],
    )
    _import(user, "pools", "pools", [{**date, "pool": "Hall", "capacity": 100} for date in dates])
    _import(
        user,
        "items",
        "items",
        [{**date, "item": item, "components": "Hall:1"} for date in dates for item in items],
    )


def _date(venue: Venue, starts_at: datetime) -> Row:
    local = starts_at.astimezone(venue.zone)
    return {"venue": venue.slug, "event": "Bench", "starts_at": f"{local:%Y-%m-%d %H:%M}"}


def _import(user: User, what: str, table: str, rows: Sequence[Row]) -> Imported:
    file = SimpleUploadedFile(f"{table}.csv", _csv(rows))
    began = time.perf_counter()
    with transaction.atomic():
        run = services.upload_file(file=file, table=table, user=user)
    _wait(run, RunState.READY)
    checked = time.perf_counter()
    with transaction.atomic():
        services.confirm_import(run_id=run.pk, reason="bench", user=user)
    _wait(run, RunState.DONE)
    return Imported(what, checked - began, time.perf_counter() - checked)


def _wait(run: ImportRun, state: RunState) -> None:
    """Until the worker is done. Raises ``RuntimeError`` if it ends otherwise, or not at all."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        run.refresh_from_db(fields=("state", "message", "problems"))
        if not run.is_running:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if run.state != state:
        message = f"{run.name} is {run.state}: {run.message} {run.problems[:3]}"
        raise RuntimeError(message)


def _csv(rows: Iterable[Row]) -> bytes:
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
