"""A worker that is killed in the middle of a file has booked what came before; the next one goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction

from common.actor import SYSTEM, Actor
from exchange.sales_files.work import work
from offline.enums import FileState
from offline.models import Report, SalesFile
from offline.services import FileOrder, book_checked_file, present_whole_file, send_file
from partners.enums import Scope
from partners.services import issue_key
from sales.models import Booking
from tests.exchange.sales_files.files import channel_of, csv, make_marketplace, row
from tests.exchange.test_killed import CHECKOUT
from tests.proofs import assert_reconciled
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]

# In small parts, so that there is a middle.
WORK = (
    "import django; django.setup(); from exchange.sales_files import booking, work;"
    " booking.SERIES_AT_ONCE = 20; work.work()"
)
SERIES = 1_000


@pytest.fixture
def start(transactional_db: None) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts a process that works on what waits, in the test's own database, and ends."""
    server, _, _database = os.environ["DATABASE_URL"].rpartition("/")
    url = f"{server}/{connection.settings_dict['NAME']}"
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "DATABASE_URL": url}
        command = [sys.executable, "-c", WORK]
        started.append(subprocess.Popen(command, cwd=CHECKOUT, env=environment))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            if one.poll() is None:
                one.kill()
                one.wait(10)


def test_the_next_worker_goes_on_with_a_file_whose_worker_was_killed(
    start: Callable[[], "subprocess.Popen[bytes]"],
) -> None:
    stage = make_marketplace(SERIES)
    content = csv([row(f"A-{number}") for number in range(SERIES)])
    # Sent by the channel's program: one worker does for all doors.
    with transaction.atomic():
        channel = channel_of(stage)
        key = issue_key(
            channel=channel, name="test", scopes=[Scope.SYNC], by=SYSTEM, reason="test"
        ).key
    program = Actor(api_key_id=key.pk)
    send_file(FileOrder(channel.pk, "a.csv", content), by=program)
    assert work() == 1
    answer = book_checked_file(SalesFile.objects.get().pk, by=program)
    assert (answer.status, answer.data["state"]) == (202, "QUEUED")

    first = start()
    until(lambda: 0 < Report.objects.count() < SERIES, "the booking is under way", 60)
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait(10) == -signal.SIGKILL
    before = stage.counters().sold
    assert SalesFile.objects.get().state == FileState.BOOKING
    assert 0 < before < SERIES

    together = [start(), start()]
    assert [one.wait(120) for one in together] == [0, 0]
    if SalesFile.objects.get().state == FileState.BOOKING:  # its connection was still being ended
        assert start().wait(120) == 0
    done = SalesFile.objects.get()
    assert (done.state, done.attempts, done.summary["added"]) == (FileState.DONE, 2, SERIES)
    assert (stage.counters().sold, Report.objects.count()) == (SERIES, SERIES)
    assert present_whole_file(done)["done"] == present_whole_file(done)["total"]
    assert set(Booking.objects.values_list("api_key_id", flat=True)) == {key.pk}
    assert_reconciled()
