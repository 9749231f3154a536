"""A worker of its own that is killed in the middle leaves nothing; another one begins again."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from events.models import Series
from exchange import services
from exchange.enums import RunState
from tests.exchange.files import check, csv_bytes
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]

CHECKOUT = Path(__file__).resolve().parents[2]
WORK = "import django; django.setup(); from exchange.work import work; work()"
ROWS = 800


@pytest.fixture
def start(transactional_db: None) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts a process that works on what waits, in the test's own database, and ends."""
    server, _, _database = os.environ["DATABASE_URL"].rpartition("/")
    url = f"{server}/{connection.settings_dict['NAME']}"
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", WORK], cwd=CHECKOUT, env={**os.environ, "DATABASE_URL": url}
            )
        )
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            if one.poll() is None:
                one.kill()
                one.wait(10)


def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_begins_again(
    venue: Any, keeper: User, start: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    rows = [{"venue": venue.slug, "series": f"Night {n}"} for n in range(ROWS)]
    run = check(keeper, csv_bytes(rows))
    with transaction.atomic():
        services.confirm_import(run_id=run.pk, reason="New season", user=keeper)

    def in_the_middle() -> bool:
        run.refresh_from_db()
        return run.state == RunState.IMPORTING and 0 < run.done < ROWS

    first = start()
    until(in_the_middle, "the import is under way", 60)
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait(10) == -signal.SIGKILL
    assert not Series.objects.exists()
    run.refresh_from_db()
    assert run.state == RunState.IMPORTING

    together = [start(), start()]
    assert [one.wait(90) for one in together] == [0, 0]
    run.refresh_from_db()
    if run.state == RunState.IMPORTING:  # the killed one's connection was still being ended
        assert start().wait(90) == 0
        run.refresh_from_db()
    assert (run.state, run.attempts, run.new_rows) == (RunState.DONE, 2, ROWS)
    assert Series.objects.count() == ROWS
    assert Series.history.count() == ROWS
