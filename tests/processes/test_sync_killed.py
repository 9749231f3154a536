"""A web process that is killed in the middle of a sync: the same call again does it once, or gives the first answer."""

import http.client
import json
import threading
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from offline.models import Report
from tests.concurrency.race import waiting_for_locks
from tests.factories import Counters, Stage
from tests.offline.selling import make_kiosk, take_lease
from tests.partners.conftest import key_for
from tests.processes.web_process import Web, web
from tests.proofs import assert_reconciled, nothing_changed
from tests.waiting import until
from tests.worker_process import database_url, kill

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]

DIES_AFTER_COMMIT = """
import os, signal
import offline.sync
offline.sync.note_contact = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
"""


class Call:
    """One sync of twenty sales, as a terminal sends it again and again."""

    def __init__(self, stage: Stage) -> None:
        lease = take_lease(stage, [("Ticket", 30)])
        lines = [{"item": stage.items["Ticket"].pk, "quantity": 2}]
        sales = [{"client_id": f"S{number}", "lines": lines} for number in range(20)]
        self.body = json.dumps({"lease": str(lease.uuid), "sales": sales}).encode()
        self.headers = {
            "Authorization": f"Bearer {key_for(stage.channels['web'])}",
            "Content-Type": "application/json",
            "Idempotency-Key": "evening",
        }

    def send(self, to: Web) -> tuple[int, bytes, str | None]:
        return to.ask("POST", "/api/v1/sync/", self.body, self.headers)

    def send_and_lose(self, to: Web) -> None:
        with suppress(OSError, http.client.HTTPException):
            self.send(to)
            pytest.fail("it was answered")


def results(answer: tuple[int, bytes, Any]) -> list[str]:
    assert answer[0] == 200, answer
    return [found["result"] for found in json.loads(answer[1])["results"]]


def test_killed_before_it_commits_nothing_is_done_and_the_same_again_does_it_once() -> None:
    stage = make_kiosk(100)
    call = Call(stage)
    patient = "-c idle_in_transaction_session_timeout=0"
    with web() as first, psycopg.connect(database_url(), options=patient) as other:
        other.execute("SELECT FROM allocations_stock WHERE id = %s FOR UPDATE", [stage.row().pk])
        sending = threading.Thread(target=call.send_and_lose, args=(first,))
        sending.start()
        until(lambda: waiting_for_locks() == 1, "the sync waits for the stock")
        kill(first.process)
        sending.join()
    until(lambda: waiting_for_locks() == 0, "the server has noticed")
    assert (Report.objects.count(), stage.counters()) == (0, Counters(100, 30, 0, 0))
    with web() as second:
        assert results(call.send(second)) == ["ACCEPTED"] * 20
        assert stage.counters() == Counters(100, 0, 40, 0)
        with nothing_changed():
            assert call.send(second)[2] == "true"
    assert_reconciled()


def test_killed_after_it_has_committed_the_same_again_gets_the_first_answer() -> None:
    stage = make_kiosk(100)
    call = Call(stage)
    with web(DIES_AFTER_COMMIT) as first:
        call.send_and_lose(first)
        assert first.process.wait(20) != 0
    assert stage.counters() == Counters(100, 0, 40, 0)
    with web() as second, nothing_changed():
        answer = call.send(second)
    assert (results(answer), answer[2]) == (["ACCEPTED"] * 20, "true")
    assert_reconciled()
