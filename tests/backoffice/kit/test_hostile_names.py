"""Whatever people call things, a page shows it as text: walked in a browser that would run it."""

from collections.abc import Iterable

import pytest
from django.db import IntegrityError, transaction
from django.db.models import CharField, Model, TextField
from django.test import Client
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from events.models import Series
from tests.backoffice.addresses import every_page, objects_of, transfer_pages
from tests.backoffice.conftest import person
from tests.factories import Stage, make_stage, make_user
from tests.screens import take_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Markup, an attribute that Alpine would run, the end of a script, of a string and of an attribute.
HOSTILE = "<i x-data x-init=window.pwned=1>\"');window.pwned=1;//</script>{{7*7}}"
# What is no free text, whatever the column holds.
FIXED = {
    "slug",
    "code",
    "time_zone",
    "currency",
    "password",
    "email",
    "address",
    "prefix",
    "digest",
}


def call_hostile(rows: Iterable[Model]) -> int:
    """Give every free text of these rows the hostile name, as much of it as fits."""
    renamed = 0
    for row in rows:
        for field in row._meta.concrete_fields:
            is_text = isinstance(field, CharField | TextField) and not field.choices
            if not is_text or field.name in FIXED or field.primary_key or not field.editable:
                continue
            text = HOSTILE[: field.max_length or len(HOSTILE)]
            try:
                with transaction.atomic():
                    type(row)._default_manager.filter(pk=row.pk).update(**{field.name: text})
                renamed += 1
            except IntegrityError:
                continue  # a text that has a rule of its own
    return renamed


def hostile_stage() -> tuple[Stage, list[Model]]:
    stage = make_stage(channels=("web", "agent"))
    people = [person(Role.VENUE_MANAGER, stage), person(Role.PARTNER_MANAGER, stage)]
    objects = [*objects_of(stage), *people, *stage.channels.values()]
    stage.event.series = Series.objects.get(venue=stage.event.venue)
    stage.event.save()
    assert call_hostile(objects) > 20
    return stage, objects


def pages_of(stage: Stage, objects: list[Model]) -> list[str]:
    event, venue = stage.event, stage.event.venue
    channel = stage.channels["web"].pk
    adding = [
        f"/admin/{app}/{model}/add/?{named}={number}"
        for named, number in (("venue", venue.pk), ("event", event.pk), ("channel", channel))
        for app, model in (
            *(("events", "pool"), ("events", "item"), ("allocations", "listing")),
            *(("transfers", "transferrule"), ("alerts", "alertrule"), ("alerts", "endpoint")),
        )
    ]
    of_event = [
        f"/admin/events/event/{event.pk}/statement/{channel}/",
        f"/admin/events/event/{event.pk}/plan-in-words/{channel}/",
        f"/board/{event.pk}/",
    ]
    return [*every_page(objects), *adding, *of_event, *transfer_pages(stage)]


def without_styles(route: Route) -> None:
    route.fulfill(status=200, body="", content_type="text/css")


# Read by the browser as it reads a page: whether a name has become an element.
IS_MARKUP = "(text) => new DOMParser().parseFromString(text, 'text/html').querySelector('i[x-data]') !== null"


@pytest.mark.timeout(600)
def test_no_name_runs_as_code(page: Page, live_server: LiveServer) -> None:
    """The browser reads each page and dialog, and opens those with a form."""
    stage, objects = hostile_stage()
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True, name=HOSTILE))
    take_session(page, live_server.url, client)
    page.route("**/*.css", without_styles)
    page.goto(f"{live_server.url}/admin/")
    bodies = {}
    for url in pages_of(stage, objects):
        answer = client.get(url, headers={"Host": "localhost"})
        if "text/html" in answer.headers["Content-Type"]:
            bodies[url] = answer.content.decode()
    ran = [url for url, text in bodies.items() if page.evaluate(IS_MARKUP, text)]
    for url in (url for url in bodies if "/add/" in url or "/change/" in url):
        page.goto(f"{live_server.url}{url}", wait_until="domcontentloaded")
        if page.evaluate("'pwned' in window || document.querySelector('i[x-data]') !== null"):
            ran.append(url)
    assert ran == []
    assert sum("x-init=window" in text for text in bodies.values()) > 60
