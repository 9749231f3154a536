"""The OpenAPI document tells the truth: calls made from it are answered as it says."""

import functools
import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db.models import Q
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from alerts.enums import Kind
from alerts.kinds import FOR_PARTNERS
from alerts.models import Alert, AlertRule
from allocations.enums import Connectivity
from allocations.models import SalesChannel
from common.errors import RefusedError
from common.rest.codes import CODES
from common.rest.problems import handle
from offline.errors import ConflictStateError
from offline.models import SalesFile
from partners.api import reference
from partners.api.reference import openapi
from sales.errors import GuestListFullError
from sales.models import Block
from tests.alerts.making import make_alert
from tests.exchange.sales_files.files import csv, read, row
from tests.factories import Stage, make_user
from tests.offline.selling import report, sale, take_lease
from tests.partners.conftest import Api
from tests.proofs import assert_reconciled
from transfers.errors import WorkflowChangedError

OPERATIONS = (
    "acknowledge_alert",
    "amend_booking",
    "book_sales_file",
    "cancel_booking",
    "cancel_transfer",
    "confirm_booking",
    "create_booking",
    "create_lease",
    "create_sales_file",
    "create_transfer",
    "extend_booking",
    "extend_lease",
    "get_alert",
    "get_allocation",
    "get_allocation_statement",
    "get_availability",
    "get_booking",
    "get_conflict",
    "get_event",
    "get_lease",
    "get_sales_file",
    "get_transfer",
    "list_alerts",
    "list_bookings",
    "list_conflicts",
    "list_events",
    "list_leases",
    "list_sales_files",
    "list_transfers",
    "resolve_alert",
    "return_lease",
    "sync",
    "undo_sales_file",
)
# Called by somebody who is signed in: a key may not, or is told less.
OF_PEOPLE = ("acknowledge_alert", "get_alert", "resolve_alert")
# Left out: a schema cannot say that a cursor is one of ours, that a line is named once, that a
# key is new; and 1.0 is a whole number to JSON Schema, but not to somebody who counts tickets. Bad
# keys have tests of their own: here each call carries a good one.
load_all_checks()
EXCLUDED: Any = CHECKS.get_by_names(["positive_data_acceptance", "ignored_auth"])
# What was invented may become right by the ids that are put into it; a sync takes wrong sales, and says so of each; and
# of what is no text nothing is sent in a form.
LENIENT = {"sync", "create_sales_file"}
WHEN_REAL: Any = [*EXCLUDED, *CHECKS.get_by_names(["negative_data_rejection"])]


def test_the_document_is_made_once_whoever_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once would mix their notes at the views."""
    made: list[int] = []
    together = Barrier(4)

    def slowly(_self: object, **_asked: object) -> dict[str, int]:
        made.append(1)
        with suppress(BrokenBarrierError):
            together.wait(0.5)  # for others that are at it, if there are any
        return {"number": len(made)}

    monkeypatch.setattr(SchemaGenerator, "get_schema", slowly)
    reference._made.cache_clear()  # as in a fresh process
    try:
        with ThreadPoolExecutor(4) as threads:
            answers = {task.result() for task in [threads.submit(openapi) for _ in range(4)]}
    finally:
        reference._made.cache_clear()
    assert (len(made), len(answers)) == (1, 1)


def test_every_call_is_documented() -> None:
    document = json.loads(openapi())
    assert document["openapi"] == "3.1.0"
    found = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert sorted(found) == list(OPERATIONS)


def test_the_docstring_of_a_field_is_its_description() -> None:
    """Of a body's, of an answer's that it inherits, and of a parameter whose name is a word of Python's."""
    document = json.loads(openapi())
    schemas = document["components"]["schemas"]
    statement = document["paths"]["/api/v1/allocation/statement/"]["get"]
    parameters = {one["name"]: one["description"] for one in statement["parameters"]}
    assert (
        schemas["NewBooking"]["properties"]["confirm"]["description"],
        schemas["ChannelPlan"]["properties"]["ceiling"]["description"],
        parameters["from"],
    ) == (
        "Sell at once; else the tickets are held.",
        "The most that own and drawn units can be together.",
        "Changes at this moment or later; else from the beginning.",
    )


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("name", OPERATIONS)
def test_calls_are_answered_as_documented(
    stage: Stage, web: Api, name: str, mode: GenerationMode
) -> None:
    """Half of them with the ids of what is there, so that they get further than 404."""
    real_ids = {
        "event_id": stage.event.pk,
        "booking": web.post("/bookings/", body_for(stage)).json()["id"],
        "alert": str(told_alert(stage).uuid),
        "transfer": web.post("/transfers/", request_for(stage)).json()["id"],
        "lease": str(late_lease(stage).uuid),
        "conflict": late_conflict(stage),
        "file": str(late_file(stage).uuid),
    }
    caller = signed_in() if name in OF_PEOPLE else by_key(web)
    operation = schema().find_operation_by_id(name)

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def call(case: Case[Any], real: bool) -> None:
        if real:
            make_real(case, stage, real_ids)
        response = case.call(**caller)
        lenient = real or name in LENIENT
        case.validate_response(response, excluded_checks=WHEN_REAL if lenient else EXCLUDED)

    call()
    assert_reconciled()


def by_key(api: Api) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {api.secret}"}}


def signed_in() -> dict[str, Any]:
    """The session of somebody who administers all venues."""
    client = Client()
    client.force_login(make_user(is_superuser=True))
    token = "t" * 32
    cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": token}
    return {"headers": {"X-CSRFToken": token}, "cookies": cookies}


def told_alert(stage: Stage) -> Alert:
    """About the first channel, whose partner is told of it."""
    AlertRule.objects.update(tells_partner=Q(kind__in=FOR_PARTNERS))
    return make_alert(stage)


def late_lease(stage: Stage) -> Block:
    SalesChannel.objects.update(connectivity=Connectivity.OFFLINE)
    return take_lease(stage, [("Ticket", 1)])


def late_conflict(stage: Stage) -> str:
    [refused] = report(stage, [sale(stage, "too many", 1_000)])
    assert refused["conflict"] is not None
    return refused["conflict"]


def late_file(stage: Stage) -> SalesFile:
    """Checked, with a row that cannot be read."""
    return read(stage, csv([row("A-1"), row("A-2", "many")]))


@pytest.mark.django_db(transaction=True)
def test_alerts_of_every_kind_are_told_as_documented(stage: Stage) -> None:
    made = [str(make_alert(stage, kind).uuid) for kind in Kind]
    case = schema().find_operation_by_id("list_alerts").Case()
    told = case.call_and_validate(excluded_checks=EXCLUDED, **signed_in())
    assert [one["id"] for one in reversed(told.json()["results"])] == made


@functools.cache
def schema() -> Any:
    """Read once: each reading also looks through the application for values that are worth a try."""
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", WSGIHandler())


def body_for(stage: Stage) -> dict[str, Any]:
    return {
        "event": stage.event.pk,
        "lines": [{"item": stage.items["Ticket"].pk, "quantity": 1}],
    }


def request_for(stage: Stage) -> dict[str, Any]:
    return {
        "event": stage.event.pk,
        "pool": stage.pools["GA"].pk,
        "direction": "BACK",
        "units": 1,
        "reason": "a group",
    }


def make_real(case: Case[Any], stage: Stage, ids: dict[str, Any]) -> None:
    """Put ids that are there in the place of invented ones, and a key that was never used."""
    where = case.path_parameters or {}
    where |= {name: found for name, found in ids.items() if name in where}
    if "event" in (case.query or {}):
        case.query["event"] = stage.event.pk
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    body: Any = case.body
    if isinstance(body, dict):
        if "event" in body:
            body["event"] = stage.event.pk
        if "pool" in body:
            body["pool"] = stage.pools["GA"].pk
        if "lease" in body:
            body["lease"] = ids["lease"]
        for part in (body, *listed(body, "sales"), *listed(body, "returns")):
            for line in listed(part, "lines"):
                if isinstance(line, dict) and "item" in line:
                    line["item"] = stage.items["Ticket"].pk


def listed(part: Any, name: str) -> list[Any]:
    found = part.get(name) if isinstance(part, dict) else None
    return found if isinstance(found, list) else []


def test_every_problem_is_explained(web: Api) -> None:
    for code, kind in CODES.items():
        answer = web.get(f"/problems/{code}/")
        assert answer.status_code == 200
        assert (answer.json()["code"], answer.json()["status"]) == (code, kind.status)
    assert web.get("/problems/NONSENSE/").status_code == 404


def test_the_guide_names_every_code_with_its_status() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    rows = re.findall(r"^\| (\d{3}) \| `([A-Z_]+)` \|", guide, re.MULTILINE)
    assert {code: int(status) for status, code in rows} == {
        code: kind.status for code, kind in CODES.items()
    }


# Apps whose refusals a call may meet; of these none is left unexplained but what pages alone raise.
CALLED = ("sales.", "idempotency.", "transfers.", "offline.", "alerts.", "common.rest.")
OF_PAGES = {WorkflowChangedError, ConflictStateError, GuestListFullError}


def test_every_refusal_that_a_call_may_meet_has_a_code_that_is_explained() -> None:
    kinds = set(refusals(RefusedError)) - OF_PAGES
    met = {kind for kind in kinds if kind.__module__.startswith(CALLED)}
    assert {kind for kind in met if kind.code not in CODES} == set()
    assert {
        kind for kind in kinds if kind.code in CODES and CODES[kind.code].status != kind.status
    } == set()


def test_a_refusal_that_nobody_explained_is_no_mistake_of_ours() -> None:
    class NewError(RefusedError):
        code = "NEW"

    answer = handle(NewError("It cannot be.", free=3))
    assert answer is not None
    told = json.loads(answer.content)
    assert (told["status"], told["code"], told["detail"], told["free"]) == (
        409,
        "REFUSED",
        "It cannot be.",
        3,
    )


def refusals(base: type[RefusedError]) -> Iterator[type[RefusedError]]:
    yield base
    for kind in base.__subclasses__():
        yield from refusals(kind)
