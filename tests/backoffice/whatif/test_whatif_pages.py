"""Who may see, ask, cancel and use a what-if; and that its pages read no more for more runs."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from allocations.plans.selectors import draft_of
from backoffice.whatif.result import Row
from common.addresses import change_url
from planning.enums import RunState
from planning.models import WhatIfRun
from planning.whatif import services, work
from planning.whatif.plans import IN_FORCE, Choice
from planning.whatif.results import Spread
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.planning.conftest import person, signed_in

pytestmark = pytest.mark.django_db

LIST = "/admin/planning/whatifrun/"


@kept
def stage(db: None) -> Stage:
    made = make_stage(channels=("web", "agent"))
    made.sell([("Ticket", 3)])
    return made


@kept
def manager(stage: Stage) -> User:
    return person(Role.VENUE_MANAGER, stage.event.venue)


def start(stage: Stage, user: User) -> WhatIfRun:
    sides = (Choice(IN_FORCE), Choice("FIXED"))
    demand = {"kind": "OWN", "away": 0}
    return services.start(event=stage.event, demand=demand, sides=sides, user=user, seeds=3)


def pages(run: WhatIfRun) -> list[str]:
    return [change_url(run), *(f"{LIST}{run.pk}/{page}/" for page in ("csv", "progress"))]


def test_only_people_of_its_venue_see_a_run_and_only_managers_ask(
    stage: Stage, manager: User
) -> None:
    run = start(stage, manager)
    work.work()
    stranger = signed_in(person(Role.VENUE_MANAGER, make_stage().event.venue))
    new = f"{LIST}new/?event={stage.event.pk}"
    assert [stranger.get(page).status_code for page in (*pages(run), new)] == [404] * 4
    assert not stranger.get(LIST).context["cl"].result_count
    auditor = signed_in(person(Role.AUDITOR, stage.event.venue))
    assert [auditor.get(page).status_code for page in pages(run)] == [200] * 3
    assert auditor.get(new).status_code == 403
    clerk = signed_in(person(Role.BOX_OFFICE, stage.event.venue))
    assert [clerk.get(page).status_code for page in (*pages(run), new)] == [403] * 4
    for page, data in (("again", {}), ("plan", {"side": "1", "pool": stage.pools["GA"].pk})):
        for client, status in ((stranger, 404), (auditor, 403)):
            assert client.post(f"{LIST}{run.pk}/{page}/", data).status_code == status
    assert WhatIfRun.objects.count() == 1
    assert draft_of(stage.pools["GA"]) is None


@pytest.mark.parametrize(
    "data",
    [
        {"side": "9", "pool": "GA"},
        {"side": "1", "pool": "another"},
        {"side": "1"},
        {"side": "recommended", "pool": "GA"},
    ],
)
def test_a_plan_that_is_not_there_becomes_no_draft(
    stage: Stage, manager: User, data: dict[str, str]
) -> None:
    run = start(stage, manager)
    work.work()
    pools = {"GA": stage.pools["GA"].pk, "another": make_stage().pools["GA"].pk}
    values = {name: pools.get(value, value) for name, value in data.items()}
    answer = signed_in(manager).post(f"{LIST}{run.pk}/plan/", values)
    assert answer.status_code in {302, 404}
    assert draft_of(stage.pools["GA"]) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("demand", "EVERYBODY"), ("a", "NO_PLAN"), ("seeds", "501"), ("seeds", "0"), ("source", "7")],
)
def test_what_cannot_be_meant_is_said_at_its_field(
    stage: Stage, manager: User, field: str, value: str
) -> None:
    form = {"event": stage.event.pk, "demand": "OWN", "a": "IN_FORCE", "b": "FIXED", "seeds": "3"}
    answer = signed_in(manager).post(f"{LIST}new/", form | {field: value})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not WhatIfRun.objects.exists()


def test_a_page_reads_no_more_for_more_runs(stage: Stage, manager: User) -> None:
    client = signed_in(manager)
    run = start(stage, manager)
    while work.work():
        pass
    counts = statements(client, change_url(run)), statements(client, LIST)
    for _number in range(4):
        WhatIfRun.objects.filter(pk=start(stage, manager).pk).update(state=RunState.CANCELLED)
    assert (statements(client, change_url(run)), statements(client, LIST)) == counts
    assert max(counts) <= 25


def statements(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_a_difference_has_a_minus_sign_and_a_range_its_currency_once() -> None:
    less = Spread(-120_000.0, -340_000.0, 5_000.0, 0.0)
    row = Row("Revenue", less, less, less, True, "INR", False, ())
    assert row.change == "−1,200 INR"
    assert row.change_range == "−3,400 to 50 INR"
    some = Spread(3.2, 2.9, 3.4, 0.0)
    row = Row("Transfers", some, some, some, False, "INR", False, ())
    assert (row.change, row.change_range) == ("+3", "")
