"""Every channel of the event reads the inventory: its own program, and a test read with a key of the checklist."""

import csv
import io
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from accounts.models import User
from allocations.enums import REPORTS_LATE, ChannelKind
from allocations.models import SalesChannel
from allocations.selectors import Connection, KeyState, connected
from allocations.sellers import MAY_SELL, selling_channels
from common.addresses import change_url
from common.clock import utc
from common.text import local_time, number
from golive.results import Finding, doubtful, failed, passed
from golive.stage import Stage
from offline.enums import FILE_WORK, FileState
from offline.models import SalesFile

# Heard of so long ago, a program may be gone by now.
FRESH = timedelta(hours=24)
OK = 200
ACCEPTED = 202
# A worker checks and books a file; it may have others before it.
FILE_SECONDS = 30.0
LOOK_EVERY = 0.3
# Of people, so many are asked whether they sell through a channel.
MAX_PEOPLE = 200


def check(stage: Stage) -> Iterator[Finding]:
    """Raises ``UnreachableError``."""
    if not stage.channels:
        yield failed(
            "No channel sells the event.",
            "List its items with the channels that shall sell them.",
            change_url(stage.event),
        )
    for channel, connection in _connections(stage):
        stage.go_on()
        yield _program(channel, connection, stage)
        yield _test_read(channel, stage)
        if channel.connectivity in REPORTS_LATE:
            yield _test_sync(channel, stage)
            yield _test_file(channel, stage)


def _connections(stage: Stage) -> list[tuple[SalesChannel, Connection]]:
    own = SalesChannel.objects.filter(pk__in=[channel.pk for channel in stage.channels])
    return connected(own.order_by("kind", "name", "pk"), stage.now)


# --- Its own program ----------------------------------------------------------------------------


def _program(channel: SalesChannel, connection: Connection, stage: Stage) -> Finding:
    late = channel.connectivity in REPORTS_LATE
    last = max(
        filter(None, (connection.last_call, connection.last_sync, connection.socket_seen)),
        default=None,
    )
    if late:
        last = _last_report(channel, connection)
    if connection.key in {KeyState.NONE, KeyState.ENDED} and last is None:
        if channel.kind in {ChannelKind.PHYSICAL, ChannelKind.HIDDEN}:
            return _people(channel)
        return failed(
            f"{channel} has no key: no program of it can read or sell.",
            "Issue a key, and have its program use it.",
            change_url(channel),
        )
    if connection.key == KeyState.ENDED:
        return failed(
            f"{channel}: the last key has ended or was revoked.",
            "Issue a new key, and have its program use it.",
            change_url(channel),
        )
    return _heard(channel, last, stage, late=late)


def _heard(channel: SalesChannel, last: datetime | None, stage: Stage, *, late: bool) -> Finding:
    what = "reported" if late else "called"
    if last is None:
        return failed(
            f"{channel} has never {what}.",
            "Ask whoever runs its program to send a first report."
            if late
            else "Have its program read the inventory once.",
            change_url(channel),
        )
    text = f"{channel} has last {what} on {local_time(last, stage.event.venue.zone)}."
    if stage.now - last > FRESH:
        return doubtful(text, "Ask whether its program still runs.", change_url(channel))
    return passed(text)


def _last_report(channel: SalesChannel, connection: Connection) -> datetime | None:
    last_file = SalesFile.objects.filter(channel=channel).aggregate(at=Max("uploaded_at"))["at"]
    return max(filter(None, (connection.last_sync, last_file)), default=None)


def _people(channel: SalesChannel) -> Finding:
    """A counter needs no program: people sell there at the screen."""
    people = User.objects.filter(is_active=True, venues=channel.venue_id)[:MAX_PEOPLE]
    count = sum(
        person.has_perm(MAY_SELL) and selling_channels(person).filter(pk=channel.pk).exists()
        for person in people
    )
    if count:
        return passed(
            f"{channel} has no key; people who sell there at the screen: {number(count)}."
        )
    return failed(
        f"{channel} has no key, and nobody sells there at the screen.",
        "Name people who sell through it, or issue a key.",
        change_url(channel),
    )


# --- Test reads and reports ---------------------------------------------------------------------


def _test_read(channel: SalesChannel, stage: Stage) -> Finding:
    answer = stage.availability(channel)
    address = change_url(channel)
    if answer.status != OK:
        return failed(f"{channel}: a test read was answered {answer.words}.", "See why.", address)
    items = answer.body["items"]
    count = stage.copy.listings.filter(channel=stage.copy_of(channel)).count()
    if len(items) != count:
        return failed(
            f"{channel} read {len(items)} items, and lists {count}.", "See its listings.", address
        )
    reasons = sorted({row["reason"]["detail"] for row in items if row["reason"]})
    if not items or all(row["status"] == "CLOSED" for row in items):
        why = " ".join(reasons) or "It lists nothing."
        return failed(
            f"{channel} reads the inventory and can sell nothing. {why}",
            "Open what it shall sell, or take its listings off the event.",
            change_url(stage.event),
        )
    tickets = number(sum(row["sellable"] for row in items))
    milliseconds = number(round(answer.seconds * 1000))
    return passed(
        f"{channel}: a test read in {milliseconds} ms showed items: {len(items)}, to sell: {tickets}."
    )


def _first_item(channel: SalesChannel, stage: Stage) -> tuple[int, str, int] | None:
    """Of what the channel can sell: id, name, and the fewest in one booking."""
    items = stage.availability(channel).body.get("items", ())
    for row in items:
        if row["sellable"] >= row["min_per_booking"]:
            return row["id"], row["name"], row["min_per_booking"]
    return None


def _nothing_to_report(channel: SalesChannel) -> Finding:
    return doubtful(
        f"{channel} has no stock for a test report.",
        "Give it a part of the stock.",
        change_url(channel),
    )


def _test_sync(channel: SalesChannel, stage: Stage) -> Finding:
    item = _first_item(channel, stage)
    if item is None:
        return _nothing_to_report(channel)
    lines = [{"item": item[0], "quantity": item[2]}]
    sale = {
        "client_id": "go-live",
        "sold_at": utc(stage.now),
        "lines": lines,
    }
    answer = stage.site.post("/sync/", stage.secrets[channel.pk], {"sales": [sale]})
    results = [row["result"] for row in answer.body.get("results", ())]
    if answer.status != OK or results != ["ACCEPTED"]:
        what = ", ".join(results) or answer.words
        return failed(f"{channel}: a test sync came to {what}.", "See why.", change_url(channel))
    return passed(f"{channel}: a test sync of one sale was booked.")


def _test_file(channel: SalesChannel, stage: Stage) -> Finding:
    item = _first_item(channel, stage)
    if item is None:
        return _nothing_to_report(channel)
    start = stage.copy.local_start
    row = {
        "event": stage.copy.name,
        "date": f"{start:%Y-%m-%d}",
        "item": item[1],
        "quantity": item[2],
        "price": "",
        "reference": "GO-LIVE-FILE",
        "time": "",
    }
    content = io.StringIO()
    writer = csv.DictWriter(content, row)
    writer.writeheader()
    writer.writerow(row)
    secret = stage.secrets[channel.pk]
    answer = stage.site.post_file("/sales-files/", secret, "go-live.csv", content.getvalue())
    if answer.status != ACCEPTED:
        return failed(
            f"{channel}: a test file was answered {answer.words}.", "See why.", change_url(channel)
        )
    state = _await_file(str(answer.body["id"]), secret, stage)
    if state != FileState.DONE:
        return failed(
            f"{channel}: a test file was not booked; it stands at “{state.lower()}”.",
            "See whether the workers run, and how its files are read.",
            change_url(channel),
        )
    return passed(f"{channel}: a test file of one sale was booked.")


def _await_file(file: str, secret: str, stage: Stage) -> str:
    """Its state when it rests, or when the time is up."""
    ends = time.monotonic() + FILE_SECONDS
    while True:
        state = str(stage.site.get(f"/sales-files/{file}/", secret).body.get("state", "lost"))
        if state not in FILE_WORK or time.monotonic() > ends:
            return state
        time.sleep(LOOK_EVERY)
        stage.go_on()
