"""Safety buffers in the back office: what is needed, what is set aside, and why there is less."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from offline.buffers import State
from offline.models import ReportedUnits
from tests.backoffice.addresses import page
from tests.factories import Stage
from tests.kept import kept
from tests.offline.buffers import keep, look, make_shared, report_daily, set_agent
from tests.offline.selling import take_lease

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    made = make_shared()
    report_daily(made)
    return made


def tab(client: Client, stage: Stage) -> str:
    """The words of the table of buffers."""
    body = " ".join(strip_tags(client.get(page(stage.event, "change")).content.decode()).split())
    return body.partition("Safety buffers")[2][:600]


def test_the_tab_says_what_is_needed_and_set_aside(manager: Client, stage: Stage) -> None:
    needed = look(stage).needed or 0
    keep()
    assert (
        f"agent GA {needed} within 24 hours {needed}, {needed} out of the shared stock"
        " It sells more once in 10,000 syncs."
    ) in tab(manager, stage)
    take_lease(stage, [("Ticket", 2)], channel="agent")
    assert ", 2 of them leased" in tab(manager, stage)


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"buffer_percent": 1}, "Less than needed No more than 1 % of the shared stock"),
        ({"safety_buffer": False}, "agent GA – – None: its channel has no safety buffer."),
    ],
)
def test_the_tab_says_why_there_is_less(
    manager: Client, stage: Stage, traits: dict[str, object], words: str
) -> None:
    set_agent(stage, **traits)
    keep()
    assert words in tab(manager, stage)


def test_of_a_channel_without_a_past_it_says_so(manager: Client, stage: Stage) -> None:
    ReportedUnits.objects.all().delete()
    assert look(stage).state is State.UNKNOWN
    assert "agent GA – – None yet: it takes five syncs and a day" in tab(manager, stage)


def test_what_channels_have_reported_is_read_once_for_the_tab(
    manager: Client, stage: Stage
) -> None:
    with CaptureQueriesContext(connection) as asked:
        tab(manager, stage)
    of_reports = [entry for entry in asked if "offline_reportedunits" in entry["sql"]]
    assert len(of_reports) == 1


def test_a_transfers_page_says_that_a_buffer_has_asked(manager: Client, stage: Stage) -> None:
    [transfer] = keep()
    body = manager.get(page(transfer, "change")).content.decode()
    assert "Safety buffer: agent may sell up to" in body
    listed = manager.get(reverse("admin:transfers_transfer_changelist")).content.decode()
    assert "Safety buffer" in listed
