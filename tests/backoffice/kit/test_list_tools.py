"""What stands above each list: saved views and the export of what is listed."""

import io
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import User
from accounts.roles import Role
from alerts.models import AlertTeam
from backoffice.kit.list_export import AT_ONCE, plain, text_of
from events.models import Event
from planning.models import SavedView
from sales.models import Booking
from tests.backoffice.conftest import person, signed_in
from tests.factories import Stage, id_of
from tests.kept import kept
from tests.proofs import violates

pytestmark = pytest.mark.django_db

EVENTS = "admin:events_event_changelist"
ADD = "admin:planning_savedview_add"


@kept
def user(stage: Stage) -> User:
    return person(Role.VENUE_MANAGER, stage)


def export(client: Client, model: str, kind: str = "CSV", **query: Any) -> Any:
    return client.get(reverse(f"admin:{model}_export", args=(kind,)), query)


def rows_in(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.headers
    text: str = b"".join(answer.streaming_content).decode("utf-8-sig")
    return text.splitlines()


def edit(view: SavedView) -> str:
    return reverse("admin:planning_savedview_change", args=(view.pk,))


def save(client: Client, name: str, query: str = "q=Gala", **more: Any) -> Any:
    values = {"name": name, "team": "", "listing": "events.event", "query": query}
    return client.post(reverse(ADD), values | more)


# --- Export ---------------------------------------------------------------------------------------


def test_every_list_exports_what_it_lists(superuser: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 2)])
    for model, admin in site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert hasattr(admin, "export_list"), model
        listed = superuser.get(reverse(f"admin:{name}_changelist")).context["cl"]
        rows = rows_in(export(superuser, name))
        assert len(rows) >= 1 + len(listed.result_list), model


def test_an_export_has_the_filters_the_search_and_the_venues_of_the_list(
    user: User, stage: Stage, other: Stage
) -> None:
    client = signed_in(user)
    mine = id_of(stage.sell([("Ticket", 2)], reference="=SUM(A1)"))
    stage.hold()
    other.sell([("Ticket", 1)])
    rows = rows_in(export(client, "sales_booking"))
    assert len(rows) == 1 + Booking.objects.filter(event=stage.event).count() == 3
    rows = rows_in(export(client, "sales_booking", status__exact="CONFIRMED"))
    assert len(rows) == 2
    assert Booking.objects.get(pk=mine).event.name in rows[1]
    assert not any(row.startswith("=") or ",=" in row for row in rows)
    assert len(rows_in(export(client, "events_event", q="nothing of this name"))) == 1
    book = load_workbook(io.BytesIO(b"".join(export(client, "events_event", "XLSX"))))
    assert book.active is not None
    assert next(cell.value for cell in book.active[2]) == stage.event.name


def test_an_export_costs_as_many_statements_however_long_the_list_is(
    user: User, stage: Stage
) -> None:
    client = signed_in(user)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert len(rows_in(export(client, "events_event"))) < AT_ONCE
        counts.append(len(queries))
        Event.objects.bulk_create(
            Event(venue=stage.event.venue, name=f"More {number}", starts_at=stage.event.starts_at)
            for number in range(5)
        )
    assert counts[0] == counts[1]


def test_who_may_not_see_a_list_may_not_export_it(stage: Stage) -> None:
    finance = signed_in(person(Role.FINANCE, stage))
    assert export(finance, "accounts_user").status_code == 403
    assert export(finance, "sales_booking", "PDF").status_code == 404
    assert Client().get(reverse("admin:sales_booking_export", args=("CSV",))).status_code == 302
    wrong = export(finance, "sales_booking", starts_at__year="x")
    assert (wrong.status_code, wrong.url.endswith("?e=1")) == (302, True)


def test_a_list_that_is_too_long_is_refused_with_the_number(
    user: User, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.kit.list_export.MAX_IN_CSV", 0)
    answer = signed_in(user).get(
        reverse("admin:events_event_export", args=("CSV",)), {"q": "e"}, follow=True
    )
    assert answer.redirect_chain[0][0].endswith("?q=e")
    assert "room for 0 rows" in answer.content.decode()


def test_a_cell_is_what_a_person_reads_of_it() -> None:
    html = (
        '<span class="icon" aria-hidden="true">star<br></span> A &amp; <b>B</b><svg><path/></svg>'
    )
    assert text_of(html) == "A & B"
    assert plain(["Name", {"class": "x"}, "city"]) == "Name city"
    assert (plain(True), plain(None), plain(7)) == ("Yes", None, 7)


# --- Saved views ----------------------------------------------------------------------------------


def test_a_view_is_saved_opened_renamed_and_deleted(user: User, stage: Stage) -> None:
    client = signed_in(user)
    listed = client.get(reverse(EVENTS), {"q": "Gala", "p": "1"}).context["tools"]
    form = client.get(listed["save"]).content.decode()
    assert "q=Gala" in form
    answer = save(client, "Galas", "p=3&q=Gala&e=1")
    assert (answer.status_code, answer.url) == (302, f"{reverse(EVENTS)}?q=Gala")
    view = SavedView.objects.get()
    assert (view.owner, view.listing, view.query) == (user, "events.event", "q=Gala")
    [chip] = client.get(reverse(EVENTS), {"q": "Gala"}).context["tools"]["views"]
    assert (chip["name"], chip["is_current"], chip["edit"]) == ("Galas", True, edit(view))
    assert "Galas" in client.get(reverse(EVENTS)).content.decode()
    assert client.post(edit(view), {"name": "Nights", "team": ""}).status_code == 302
    view.refresh_from_db()
    assert (view.name, view.query) == ("Nights", "q=Gala")
    client.post(reverse("admin:planning_savedview_delete", args=(view.pk,)), {"post": "yes"})
    assert not SavedView.objects.exists()


def test_a_private_view_is_nobody_elses(user: User, stage: Stage) -> None:
    save(signed_in(user), "Galas")
    view = SavedView.objects.get()
    for client in (
        signed_in(person(Role.VENUE_MANAGER, stage)),
        signed_in(person(Role.FINANCE)),
    ):
        assert client.get(reverse(EVENTS)).status_code in {200, 403}
        for url in (edit(view), reverse("admin:planning_savedview_delete", args=(view.pk,))):
            assert client.get(url).status_code == 404
            assert client.post(url, {"name": "Mine", "team": ""}).status_code == 404
    view.refresh_from_db()
    assert view.name == "Galas"


def test_a_shared_view_is_the_teams_to_open_and_the_owners_to_change(
    user: User, stage: Stage, other: Stage
) -> None:
    team = AlertTeam.objects.get(venue=stage.event.venue, role=Role.VENUE_MANAGER)
    foreign = AlertTeam.objects.get(venue=other.event.venue, role=Role.VENUE_MANAGER)
    refused = save(signed_in(user), "Galas", team=foreign.pk)
    assert (refused.status_code, SavedView.objects.count()) == (200, 0)
    save(signed_in(user), "Galas", team=team.pk)
    view = SavedView.objects.get()
    colleague = signed_in(person(Role.VENUE_MANAGER, stage))
    [chip] = colleague.get(reverse(EVENTS)).context["tools"]["views"]
    assert (chip["name"], chip["edit"], chip["shared_by"]) == ("Galas", "", str(user))
    assert colleague.post(edit(view), {"name": "Mine", "team": ""}).status_code == 403
    for client in (
        signed_in(person(Role.AUDITOR, stage)),
        signed_in(person(Role.VENUE_MANAGER, other)),
    ):
        assert client.get(reverse(EVENTS)).context["tools"]["views"] == []
        assert client.get(edit(view)).status_code == 404


def test_a_view_is_refused_that_is_of_no_list_or_has_a_name_already(user: User) -> None:
    client = signed_in(user)
    for listing in ("accounts.user", "no.list", ""):
        answer = save(client, "Views", listing=listing)
        assert "Save a view from above its list." in answer.content.decode()
    assert "too much" in save(client, "Views", "q=" + "x" * 3_000).content.decode()
    save(client, "Galas")
    assert "by this name already" in save(client, "GALAS").content.decode()
    assert SavedView.objects.count() == 1
    view = SavedView.objects.get()
    view.pk = None
    with violates("saved_view_name_once"):
        view.save(force_insert=True)
