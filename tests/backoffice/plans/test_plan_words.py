"""Letters for channels, and the versions of a plan compared, for the venue's own people."""

import re
from html import unescape

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from allocations.enums import Draws
from allocations.models import AllocationPlan, SalesChannel
from allocations.plans import services
from allocations.plans.spec import PlanSpec
from backoffice.plans.words import PER_PAGE, letter_url, versions_url
from events.models import Event
from tests.allocations.plans.specs import apply, group, line
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import SignIn, person
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.screens import errors_on, let_in

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent"), give={})


def letters_url(event: Event) -> str:
    return reverse("admin:events_event_plan_letters", args=(event.pk,))


def text_of(client: Client, url: str) -> str:
    """What the page's content says, without markup."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    content = answer.content.decode().partition("<main")[2] or answer.content.decode()
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", content)).split())


def planned(stage: Stage) -> tuple[AllocationPlan, AllocationPlan]:
    first = apply(stage, line(stage, "web", "30"), line(stage, "agent", 20))
    second = apply(
        stage,
        line(stage, "web", "25"),
        line(stage, "agent", 20, group="Partners"),
        group("Partners", 10),
    )
    return first, second


def test_the_letter_says_what_the_channel_has(manager: Client, stage: Stage) -> None:
    planned(stage)
    stage.sell([("Ticket", 3)])
    found = text_of(manager, letter_url(stage.event, stage.channels["web"]))
    for sentence in (
        f"To web Your tickets for {stage.event.name}",
        "Version 2 of the plan is in force since",
        "You are guaranteed 25 % of the capacity of 100, which is 25 units.",
        "25 units, of which 3 are sold, 0 on hold and 22 free.",
        "What this version changes for you Guaranteed part: from 30 % to 25 %.",
    ):
        assert sentence in found


def test_the_letter_itself_names_no_other_channel(manager: Client, stage: Stage) -> None:
    planned(stage)
    SalesChannel.objects.filter(pk=stage.channels["agent"].pk).update(name="Grand Secret")
    answer = manager.get(letter_url(stage.event, stage.channels["web"])).content.decode()
    bar, letter = answer.split('<article class="letter">')
    assert "Grand Secret" in bar  # where the manager goes from letter to letter; not printed
    assert "Grand Secret" not in letter


def test_a_letter_of_one_version_is_of_its_pool_alone(manager: Client) -> None:
    stage = make_stage(pools={"GA": 100, "Parking": 50}, channels=("web",), give={})
    manager.logout()
    client = Client()
    client.force_login(person(Role.VENUE_MANAGER, stage))
    old = apply(stage, line(stage, "web", 30))
    apply(stage, line(stage, "web", 40))
    apply(stage, line(stage, "web", 9), pool="Parking")
    found = text_of(client, letter_url(stage.event, stage.channels["web"], old))
    assert "You are guaranteed 30 units." in found
    assert "It is no longer in force" in found
    assert "Parking" not in found


def test_the_versions_are_compared_in_words(manager: Client, stage: Stage) -> None:
    planned(stage)
    with transaction.atomic():
        services.save_draft(
            pool=stage.pools["GA"],
            spec=PlanSpec([line(stage, "web", "25", draws=Draws.GENERAL)]),
        )
    found = text_of(manager, versions_url(stage.pools["GA"]))
    at = [
        found.index(sentence)
        for sentence in (
            "Draft",
            "web may draw on: from no open stock to the open stock of the pool",
            (
                "agent guaranteed part: from 20 units to nothing; may draw on: from the common stock "
                "“Partners” to no open stock"
            ),
            "Version 2 In force",
            "“test”",
            "web guaranteed part: from 30 % to 25 %",
            "The common stock “Partners” guaranteed part: from nothing to 10 units",
            "Version 1 Replaced",
            "The first plan of this pool:",
            "web guaranteed part: from nothing to 30 %",
        )
    ]
    assert at == sorted(at)


def test_a_plan_applied_again_says_the_same(manager: Client, stage: Stage) -> None:
    for _ in range(2):
        apply(stage, line(stage, "web", 30))
    assert "It says the same as the one before." in text_of(
        manager, versions_url(stage.pools["GA"])
    )


def test_versions_come_in_pages(manager: Client, stage: Stage) -> None:
    for units in range(1, PER_PAGE + 2):
        apply(stage, line(stage, "web", units))
    url = versions_url(stage.pools["GA"])
    assert "The first plan" not in text_of(manager, url)
    with CaptureQueriesContext(connection) as many:
        answer = manager.get(url).content.decode()
    older = re.search(r'href="(\?before=\d+)"', answer)
    assert older is not None
    assert older[1] == "?before=2"
    with CaptureQueriesContext(connection) as one:
        last = text_of(manager, url + older[1])
    assert "web guaranteed part: from nothing to 1 unit" in last
    assert "Version 2" not in last
    assert len(one) == len(many) - 1  # the draft is looked for on the first page alone


def test_the_page_of_the_event_leads_to_letters_and_versions(manager: Client, stage: Stage) -> None:
    event = manager.get(address(stage.event, "change")).content.decode()
    assert reverse("admin:events_event_plan_in_words", args=(stage.event.pk,)) in event
    pool = manager.get(address(stage.pools["GA"], "change")).content.decode()
    assert reverse("admin:events_pool_versions", args=(stage.pools["GA"].pk,)) in pool
    letters = manager.get(letters_url(stage.event)).content.decode()
    assert versions_url(stage.pools["GA"]) in letters
    for channel in stage.channels.values():
        assert letter_url(stage.event, channel) in letters


def test_a_pool_without_a_plan_says_so(manager: Client, stage: Stage) -> None:
    assert "No plan has been applied" in text_of(manager, versions_url(stage.pools["GA"]))
    assert "No plan" in text_of(manager, letters_url(stage.event))
    letter = text_of(manager, letter_url(stage.event, stage.channels["web"]))
    assert "No plan is in force. At present your part is 0 units." in letter


@pytest.mark.parametrize("role", Role)
def test_who_may_see_the_pool_may_see_its_plan(role: Role, stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(person(role, stage))
    expected = 403 if role == Role.PARTNER else 200
    for url in urls(stage):
        assert client.get(url).status_code == expected, url


def urls(stage: Stage) -> list[str]:
    channel = stage.channels["web"]
    return [
        letters_url(stage.event),
        letter_url(stage.event, channel),
        versions_url(stage.pools["GA"]),
    ]


def test_another_venues_numbers_answer_404(manager: Client, stage: Stage, other: Stage) -> None:
    plan, _ = planned(stage)
    foreign = apply(other, line(other, "web", 0))
    for url in urls(other):
        assert manager.get(url).status_code == 404, url
    own, web = letter_url(stage.event, stage.channels["web"]), other.channels["web"]
    assert manager.get(letter_url(stage.event, web)).status_code == 404
    for asked in (str(foreign.pk), "x", "-1", "9" * 30, "²"):
        assert manager.get(own, {"plan": asked}).status_code == 404, asked
    assert manager.get(own, {"plan": plan.pk}).status_code == 200
    assert manager.get(f"{own.rstrip('/')}{'9' * 30}/").status_code == 404


def test_nonsense_in_an_address_is_as_if_it_were_not_there(manager: Client, stage: Stage) -> None:
    planned(stage)
    for asked in ("x", "-1", "9" * 30, "²"):
        found = manager.get(versions_url(stage.pools["GA"]), {"before": asked})
        assert (found.status_code, len(found.context["versions"])) == (200, 2)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1280, 390])
def test_the_letter_is_read_and_printed(page: Page, live_server: LiveServer, width: int) -> None:
    stage = make_stage(channels=("web", "agent"), give={})
    planned(stage)
    broken = errors_on(page)
    page.set_viewport_size({"width": width, "height": 844})
    let_in(page, live_server.url, person(Role.VENUE_MANAGER, stage))
    page.goto(live_server.url + letter_url(stage.event, stage.channels["web"]))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Print or save as PDF").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    assert not page.locator(".letter-bar").is_visible()
    assert page.locator(".letter").is_visible()
    page.get_by_text("You are guaranteed 25 %").wait_for()
    assert broken == []
