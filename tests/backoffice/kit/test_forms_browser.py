"""What stands in a form is what is stored: one field touched in a real browser changes that field alone.

Every form of the admin is walked, as the registry has it. The rows of the whole database are
compared before and after.
"""

import json
import re
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import RequestFactory
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from alerts.enums import Kind
from alerts.models import AlertRule, AlertTeam, Endpoint
from allocations.enums import Connectivity
from allocations.models import Listing, SalesChannel
from events.models import Event, Item, Pool, Series, Venue
from partners.models import ApiKey
from planning.models import ReportSchedule, SavedView
from tests.backoffice.addresses import objects_of
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import Stage, make_channel, make_stage, make_user
from tests.screens import PASSWORD, signed_in
from transfers.enums import Amount
from transfers.models import TransferPolicy, TransferRule

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Of each form: a field and what is typed into it.
TOUCHED: dict[type[Model], tuple[str, str]] = {
    User: ("name", "Walked"),
    Venue: ("city", "Walked"),
    Series: ("name", "Walked"),
    Event: ("name", "Walked"),
    Pool: ("name", "Walked"),
    Item: ("name", "Walked"),
    SalesChannel: ("settlement_days", "9"),
    Listing: ("price", "12.50"),
    ApiKey: ("name", "Walked"),
    TransferRule: ("keeps", "7"),
    TransferPolicy: ("lapse_hours", "7"),
    AlertTeam: ("digest_minutes", "45"),
    Endpoint: ("name", "Walked"),
    AlertRule: ("threshold", "17"),
    ReportSchedule: ("name", "Walked"),
    SavedView: ("name", "Walked"),
}
# Tables that take a note of a change: who made it, and that others read the set-up again.
NOTES = {
    "django_admin_log: added",
    "events_event: config_version",
    "events_event: modified_at",
    "events_commit: at",
    "transfers_transferrule: version",
}
# Whoever is given a role may sign in, and nobody else.
FOLLOWS: dict[tuple[type[Model], str], set[str]] = {(User, "groups"): {"accounts_user: is_staff"}}
# Of each form for something new: what its address names, what is filled in, and a box that is ticked.
ADDED: dict[type[Model], tuple[str, dict[str, str], str | None]] = {
    User: (
        "",
        {"email": "new@example.com", "name": "New", "password1": PASSWORD, "password2": PASSWORD},
        None,
    ),
    Venue: ("", {"name": "Blue Hall", "city": "Pune"}, None),
    Series: ("venue", {"name": "Nights"}, None),
    Event: ("venue", {"name": "Late", "starts_at_0": "2030-11-05", "starts_at_1": "19:00"}, None),
    Pool: ("event", {"name": "Balcony", "first_capacity": "50"}, None),
    Item: ("event", {"name": "Pair", "components-0-pool": "GA", "components-0-units": "2"}, None),
    SalesChannel: ("venue", {"name": "Kiosk", "place": "KIOSK"}, None),
    Listing: ("event", {"item": "Ticket", "channel": "new", "price": "1499"}, None),
    ApiKey: ("", {"channel": "web – Hall", "name": "Shop"}, "scopes"),
    TransferRule: ("venue", {"name": "Even", "amount": "UNITS", "value": "5"}, "sources"),
    TransferPolicy: ("event", {"lapse_hours": "9"}, "always"),
    AlertTeam: ("venue", {"name": "Night watch", "digest_minutes": "45"}, None),
    Endpoint: (
        "channel",
        {"transport": "EMAIL", "address": "desk2@example.com", "name": "Desk two"},
        None,
    ),
    AlertRule: (
        "venue",
        {"kind": "LOW_STOCK", "name": "Few", "per": "CHANNEL", "unit": "UNITS", "threshold": "9"},
        "teams",
    ),
    ReportSchedule: ("venue", {"name": "Daily", "report": "sales", "at": "08:00"}, "people"),
    SavedView: ("listing", {"name": "Galas"}, None),
}
FORM = "form[id$=_form]"
# What a browser would send: names and values of the form as it stands.
SENT = f"""() => [...new FormData(document.querySelector('{FORM}'))]
    .filter(([name]) => !/_FORMS$/.test(name))
    .filter(([name]) => !['csrfmiddlewaretoken', 'reason', 'opened_state'].includes(name))"""
GROUPS = f"""() => [...new Set([...document.querySelectorAll('{FORM} input[type=checkbox]')]
    .map((box) => box.name).filter((name, at, all) => all.indexOf(name) !== at))]"""

Rows = dict[str, dict[str, Any]]


def rows() -> Rows:
    """Every row of every table, by table and primary key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted({name for (name,) in cursor.fetchall()} - {"django_session"})
        asked = " UNION ALL ".join(f"SELECT '{name}', to_jsonb(t) FROM {name} t" for name in tables)  # noqa: S608 - names of tables
        cursor.execute(asked)
        found: Rows = {name: {} for name in tables}
        for name, row in cursor.fetchall():
            read = json.loads(row) if isinstance(row, str) else row
            found[name][str(read.get("history_id") or read.get("id") or row)] = read
        return found


def differences(before: Rows, after: Rows) -> set[str]:
    found = set()
    for table, old in before.items():
        new = after[table]
        found |= {f"{table}: added" for key in new.keys() - old.keys()}
        found |= {f"{table}: removed" for key in old.keys() - new.keys()}
        for key in old.keys() & new.keys():
            columns = {name for name, value in new[key].items() if value != old[key].get(name)}
            found |= {f"{table}: {name}" for name in columns}
    return found


def columns_of(model: type[Model], field: str) -> set[str]:
    """What a change of one field changes."""
    changed = {f"{model._meta.db_table}: {field}"}
    if model is SavedView:  # it decides nothing, and has no history
        return changed
    past = model.history.model._meta.db_table  # type: ignore[attr-defined]
    return {*changed, f"{past}: added"}


def boxes_of(model: type[Model], field: str) -> set[str]:
    """The same of one box: a row more or less between the two models, or a column that is a list."""
    column = model._meta.get_field(field)
    if not column.many_to_many:
        return columns_of(model, field)
    through = column.remote_field.through._meta.db_table  # type: ignore[union-attr]
    past = model.history.model._meta.db_table  # type: ignore[attr-defined]
    return {f"{through}: added", f"{through}: removed", f"{past}: added"}


def links_of_the_past(model: type[Model]) -> set[str]:
    """With each record of the history all links of that moment are written down again."""
    if model is SavedView:
        return set()
    past = model.history.model  # type: ignore[attr-defined]
    tables = [relation.related_model._meta.db_table for relation in past._meta.related_objects]
    return {f"{table}: added" for table in tables}


def forms_for(user: User, verb: str) -> set[type[Model]]:
    """The models of which the admin has a form: to "add", or to "change" what is there."""
    request = RequestFactory().get("/admin/")
    request.user = user
    return {
        model
        for model, model_admin in admin.site._registry.items()
        if getattr(model_admin, f"has_{verb}_permission")(request)
    }


def furnished() -> Stage:
    """An event with every value that a form could lose: two of what there may be several of, moments
    with a fraction of a second, switches that are on.
    """
    stage = make_stage(channels=("web", "agent", "hotel"))
    event = stage.event
    Event.objects.filter(pk=event.pk).update(
        all_day=True,
        opens_at=time(10),
        closes_at=time(18),
        ends_at=event.starts_at + timedelta(hours=3),
        sales_from=timezone.now() - timedelta(days=9),
        sales_until=event.starts_at,
    )
    event.refresh_from_db()
    web = stage.channels["web"]  # shows the terms of its leases; a new one has them and shows none
    web.connectivity, web.longest_lease_hours, web.lease_grace_minutes = Connectivity.OFFLINE, 6, 0
    web.buffer_one_in, web.buffer_percent = 500, 30
    web.save()
    return stage


def rules_of(stage: Stage) -> list[Model]:
    """One with two teams and one with one, for all venues too; transfer rules of each amount."""
    venue, channels = stage.event.venue, list(stage.channels.values())
    found: list[Model] = []
    for amount, value in ((Amount.EQUALIZE, None), (Amount.PERCENT, 30)):
        rule = TransferRule.objects.create(venue=venue, name=amount, amount=amount, value=value)
        rule.sources.set(channels[:2])
        rule.targets.set(channels[2:])
        found.append(rule)
    policy = TransferPolicy.objects.get(venue=venue)
    policy.always.set(channels[:2])
    policy.protected.set(channels[2:])
    teams = list(AlertTeam.objects.filter(venue=venue)[:2])
    for kind, own in ((Kind.LOW_STOCK, teams), (Kind.VELOCITY, teams[:1])):
        alert_rule = AlertRule.objects.filter(venue=venue, kind=kind).earliest("pk")
        alert_rule.teams.set(own)
        alert_rule.escalate_to.set(teams[1:])
        AlertRule.objects.filter(pk=alert_rule.pk).update(advice="First this, then that.")
        found.append(alert_rule)
    return [*found, policy, AlertRule.objects.filter(venue=None)[0]]


@pytest.fixture
def screen(page: Page, live_server: LiveServer) -> Iterator[Page]:
    user = make_user(is_staff=True, is_superuser=True)
    with signed_in(page, live_server.url, user) as screen:
        yield screen


def save(screen: Page, button: str = "_save") -> str:
    """What the form says against it; nothing where it is saved."""
    for name in ("reason", "why"):
        if screen.locator(f"#id_{name}").count():
            screen.fill(f"#id_{name}", "Walked")
    screen.click(f"button[name={button}]")
    answer = screen.locator("body")
    expect(answer).to_contain_text(re.compile("successfully|Please correct|secret"))
    is_refused = "Please correct" in answer.inner_text()
    return " ".join(screen.locator(".errorlist").all_inner_texts()) or "?" if is_refused else ""


def touch(screen: Page, model: type[Model], box: str | None, button: str) -> set[str]:
    """What the open form changes that it should not: of the model's field, or of a group's last box."""
    field, value = TOUCHED[model]
    before = rows()
    if box is None:
        screen.fill(f"#id_{field}", value)
    else:
        screen.locator(f"{FORM} input[name={box}]").last.click()
    if refused := save(screen, button):
        return {refused}
    expected = columns_of(model, field) if box is None else boxes_of(model, box)
    changed = differences(before, rows())
    follows = FOLLOWS.get((model, box or field), set())
    wrong = changed - expected - follows - links_of_the_past(model) - NOTES
    return wrong if changed & expected else {"nothing is saved"}


@pytest.mark.timeout(400)
def test_one_touched_field_changes_that_field_alone(screen: Page, live_server: LiveServer) -> None:
    """Each form by its field, and the first of each model by a box of each group of boxes too."""
    stage = furnished()
    made = [*rules_of(stage), *objects_of(stage), person(Role.VENUE_MANAGER, stage)]
    superuser = User.objects.get(is_superuser=True)
    made.append(SavedView.objects.create(owner=superuser, name="Galas", listing="events.event"))
    forms = [one for one in dict.fromkeys(made) if type(one) in TOUCHED]
    assert {type(one) for one in forms} == forms_for(superuser, "change")
    wrong, walked = {}, set()
    for one in forms:
        url, model = f"{live_server.url}{address(one, 'change')}", type(one)
        screen.goto(url)
        groups = [name for name in screen.evaluate(GROUPS) if "-" not in name]
        boxes = groups if model not in walked else ()
        walked.add(model)
        asked = (None, *boxes)
        for box in asked:
            # The form comes again for the next box.
            button = "_save" if box == asked[-1] else "_continue"
            if found := touch(screen, model, box, button):
                wrong[f"{one} {box}"] = found
                screen.goto(url)
    assert wrong == {}


def fill(screen: Page, field: str, value: str) -> None:
    place = screen.locator(f"#id_{field}")
    if place.evaluate("node => node.tagName") == "SELECT":
        if place.locator(f"option[value='{value}']").count():
            place.select_option(value)
        else:
            place.select_option(label=value)
    else:
        place.fill(value)


def stands(screen: Page) -> dict[str, list[str]]:
    """What a browser would send: the values of each field of the form."""
    found: dict[str, list[str]] = {}
    for name, value in screen.evaluate(SENT):
        found.setdefault(name, []).append(value)
    return found


def is_same(typed: list[str], stored: list[str]) -> bool:
    """Whether it is what was typed: written with more digits, or filled in where nothing was."""
    return typed == [""] or [without_noughts(one) for one in typed] == [
        without_noughts(one) for one in stored
    ]


def without_noughts(text: str) -> str:
    return re.sub(r"(\d)([.:]00)+$", r"\1", text)


@pytest.mark.timeout(400)
def test_what_is_new_is_stored_as_it_stands_in_its_form(
    screen: Page, live_server: LiveServer
) -> None:
    """Its own page then shows what was typed and ticked, and what was there already is as it was."""
    stage = make_stage(channels=("web",))
    venue, event = stage.event.venue, stage.event
    Venue.objects.filter(pk=venue.pk).update(name="Hall")
    make_channel(venue, "new")
    person(Role.VENUE_MANAGER, stage)
    numbers = {
        "venue": venue.pk,
        "event": event.pk,
        "channel": stage.channels["web"].pk,
        "listing": "events.event",
    }
    assert set(ADDED) == forms_for(User.objects.get(is_superuser=True), "add")
    wrong: dict[str, object] = {}
    for model, (named, values, box) in ADDED.items():
        query = f"?{named}={numbers[named]}" if named else ""
        screen.goto(f"{live_server.url}{address(model, 'add')}{query}")
        for field, value in values.items():
            fill(screen, field, value)
        if box is not None:
            screen.locator(f"{FORM} input[name={box}]").last.click()
        before, typed = rows(), stands(screen)
        if refused := save(screen):
            wrong[model.__name__] = refused
            continue
        changed = {one for one in differences(before, rows()) - NOTES if "added" not in one}
        screen.goto(f"{live_server.url}{address(model._default_manager.latest('pk'), 'change')}")
        stored = stands(screen)
        both = {name: (typed[name], stored[name]) for name in typed.keys() & stored.keys()}
        lost = {name: pair for name, pair in both.items() if not is_same(*pair)}
        if changed or lost or not both:
            wrong[model.__name__] = (changed, lost)
    assert wrong == {}
