"""The allocation statement as a sheet, for the venue's people and as the partner reads it."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from allocations.models import SalesChannel
from backoffice.transfers.statement import statement_url
from common.actor import Actor
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.plans.test_plan_words import letters_url, text_of
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept
from transfers import services
from transfers.services import Wish

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    """The agent got 30, gave 5 of them to "Grand Secret", and has drawn one."""
    found = make_stage(channels=("web", "agent"), give={("GA", "web"): 60, ("GA", "agent"): 30})
    SalesChannel.objects.filter(pk=found.channels["web"].pk).update(name="Grand Secret")
    wish = Wish(found.row(channel="agent").pk, found.row().pk, 5, "Slower than expected")
    asker = Actor.person(make_user(name="Asha Rao"))
    services.request(wish, by=asker, now=timezone.now())
    found.draw("agent")
    found.sell([("Ticket", 26)], "agent")
    return found


def address(stage: Stage, query: str = "") -> str:
    return statement_url(stage.event, stage.channels["agent"]) + query


def test_the_venue_reads_every_change_with_all_names(manager: Client, stage: Stage) -> None:
    found = text_of(manager, address(stage))
    for said in (
        "Allocation statement for agent",
        "Opening balance 0",
        "Moved test open stock System +30 30",
        "Slower than expected Grand Secret Asha Rao −5 25",
        "Drawn from open stock by sales open stock Sales +1 26",
        "Closing balance 26 Sold 26 On hold 0 Free 0",
    ):
        assert said in found


def test_as_the_partner_reads_it_there_is_no_name(manager: Client, stage: Stage) -> None:
    page = manager.get(address(stage, "?for=partner")).content.decode()
    sheet = page.split('<article class="letter statement">')[1]
    assert "Grand Secret" in page  # in the links from statement to statement; not printed
    assert "Grand Secret" not in sheet
    assert "Asha Rao" not in sheet
    found = text_of(manager, address(stage, "?for=partner"))
    assert "another sales channel (Direct digital) The venue −5 25" in found


def test_it_is_handed_out_as_a_file(manager: Client, stage: Stage) -> None:
    answer = manager.get(address(stage, "?format=csv"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")  # or Excel takes it for another encoding
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["kind"], row["balance"], row["who"]) for row in rows] == [
        ("OPENING", "0", ""),
        ("MOVE", "30", "System"),
        ("MOVE", "25", "Asha Rao"),
        ("TERMS", "25", "System"),
        ("DRAWN", "26", "SALES"),
        ("CLOSING", "26", ""),
    ]


def test_a_period_is_one_of_the_venues_days(manager: Client, stage: Stage) -> None:
    assert "Opening balance 26" in text_of(manager, address(stage, "?since=2200-01-01"))
    assert "Closing balance 0" in text_of(manager, address(stage, "?until=2020-01-01"))
    whole = text_of(manager, address(stage, "?since=2200-01-02&until=2200-01-01"))
    assert "The period ends before it begins." in whole
    assert "Closing balance 26" in whole
    assert "Enter a valid date." in text_of(manager, address(stage, "?since=%00"))
    assert manager.get(address(stage, "?since=0001-01-01&until=9999-12-31")).status_code == 200


def test_of_another_venue_there_is_none(manager: Client, stage: Stage, other: Stage) -> None:
    own, foreign = stage.channels["agent"], other.channels["web"]
    for event, channel in ((other.event, foreign), (other.event, own), (stage.event, foreign)):
        assert manager.get(statement_url(event, channel)).status_code == 404
    for number in ("999999", "99999999999999999999"):
        url = f"/admin/events/event/{stage.event.pk}/statement/{number}/"
        assert manager.get(url).status_code == 404


def test_letters_lead_to_it(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(person(Role.AUDITOR, stage))
    letter = reverse(
        "admin:events_event_plan_letter", args=(stage.event.pk, stage.channels["agent"].pk)
    )
    for url in (letters_url(stage.event), letter):
        assert address(stage) in client.get(url).content.decode()
