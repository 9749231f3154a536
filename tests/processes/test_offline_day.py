"""A day of two terminals without a network, against real processes: nothing is lost, and nothing counts twice."""

import json
from pathlib import Path
from typing import Any

import pytest

from allocations.models import SalesChannel
from offline.models import Report
from tests.factories import Counters, Stage
from tests.offline.selling import make_kiosk
from tests.partners.conftest import key_for
from tests.processes.web_process import Web, web
from tests.proofs import assert_reconciled
from tests.waiting import until
from tests.worker_process import worker

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]

Entry = dict[str, Any]


class Terminal:
    """What a kiosk's program does: it writes down each sale, and sends all of them when it can."""

    def __init__(self, name: str, stage: Stage, server: Web, key: str) -> None:
        self.name, self.stage, self.server, self.key = name, stage, server, key
        self.lease = ""
        self.sales: list[Entry] = []
        self.returns: list[Entry] = []

    def call(self, method: str, path: str, body: object = None, again: str = "") -> Any:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{self.name}-{path}-{again}",
        }
        content = b"" if body is None else json.dumps(body).encode()
        status, answer, _replayed = self.server.ask(method, f"/api/v1{path}", content, headers)
        assert status in {200, 201}, answer
        return json.loads(answer)

    def take(self, tickets: int, seconds: int) -> None:
        body = {
            "event": self.stage.event.pk,
            "terminal": self.name,
            "lines": [{"item": self.stage.items["Ticket"].pk, "quantity": tickets}],
            "expires_in_seconds": seconds,
        }
        self.lease = self.call("POST", "/leases/", body)["id"]

    def sell(self, count: int) -> None:
        line = {"item": self.stage.items["Ticket"].pk, "quantity": 1}
        self.sales += [
            {"client_id": f"{self.name}-{len(self.sales) + number}", "lines": [line]}
            for number in range(count)
        ]

    def refund(self, count: int) -> None:
        self.returns += [
            {"client_id": f"{self.name}-r{number}", "sale": self.sales[number * 7]["client_id"]}
            for number in range(count)
        ]

    def sync(self, again: str = "", step: int = 1) -> list[str]:
        body = {"lease": self.lease, "sales": self.sales[::step], "returns": self.returns[::step]}
        return [found["result"] for found in self.call("POST", "/sync/", body, again)["results"]]

    def lease_status(self) -> str:
        status: str = self.call("GET", f"/leases/{self.lease}/")["status"]
        return status


def test_an_offline_day(tmp_path: Path) -> None:
    stage = make_kiosk(500)
    SalesChannel.objects.update(lease_grace_minutes=0)
    key = key_for(stage.channels["web"])
    with web() as server:
        first = Terminal("gate1", stage, server, key)
        second = Terminal("gate2", stage, server, key)
        first.take(380, 36_000)
        second.take(60, 1)
        assert stage.counters() == Counters(500, 440, 0, 0)
        # The network is gone. Others sell what is left, and also what lapses of the second lease.
        first.sell(400)
        first.refund(20)
        second.sell(30)
        stage.sell([("Ticket", 60)])
        with worker(tmp_path):
            until(lambda: second.lease_status() == "LAPSED", "the second lease has lapsed", 60)
        stage.sell([("Ticket", 50)])
        # The network is back. 380 from the lease, 10 that are left, 10 of those that were given back.
        answer = first.sync()
        assert answer == ["ACCEPTED"] * 420
        assert first.sync() == answer  # the answer was lost on the way
        assert first.sync("from a backup of the evening", step=-1) == ["DUPLICATE"] * 420
        # Its lease has lapsed: what stock there is honors it.
        assert sorted(second.sync()) == ["ACCEPTED"] * 10 + ["CONFLICT"] * 20
        lease = first.call("POST", f"/leases/{first.lease}/return/", {})
        assert [(line["sold"], line["left"]) for line in lease["lines"]] == [(380, 0)]
        listed = first.call("GET", "/conflicts/?status=OPEN")["results"]
    assert {conflict["client_id"] for conflict in listed} == {
        sale["client_id"] for sale in second.sales[10:]
    }
    assert Report.objects.count() == 450
    assert stage.counters() == Counters(500, 0, 60 + 50 + 400 - 20 + 10, 0)
    assert_reconciled()
