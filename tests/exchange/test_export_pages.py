"""The pages and actions of export: who may export what, and what comes out."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from allocations.enums import Draws
from events.models import Event, Series
from exchange.exports import SOURCES
from exchange.tables import TABLES
from sales.models import Booking, BookingLine
from tests.allocations.plans.specs import apply, line
from tests.backoffice.addresses import page
from tests.exchange.conftest import HUB, STARTS, SignIn, person
from tests.factories import Stage, make_event, make_venue

pytestmark = pytest.mark.django_db


def body(answer: Any) -> bytes:
    found: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if getattr(answer, "file_to_stream", None):
        answer.file_to_stream.close()  # answer.close() would close the test's connection as well
    return found


def csv_rows(answer: Any) -> list[dict[str, str]]:
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(body(answer).decode("utf-8-sig"), newline="")))


def export(client: Client, what: str, kind: str = "CSV", **bounds: Any) -> Any:
    return client.get(f"{HUB}export/", {"what": what, "kind": kind, **bounds})


@pytest.mark.parametrize("name", SOURCES)
def test_an_export_holds_own_venues_only(
    name: str, stage: Stage, other: Stage, manager: User, sign_in: SignIn
) -> None:
    for one in (stage, other):
        one.sell()
        Series.objects.create(venue=one.event.venue, name="Nights")
        apply(one, line(one, "web", "10", draws=Draws.GENERAL))
    rows = csv_rows(export(sign_in(manager), name))
    assert {row["venue"] for row in rows} == {stage.event.venue.slug}
    assert list(rows[0]) == list(SOURCES[name].columns)


def test_the_whole_set_up_is_one_workbook(stage: Stage, manager: User, sign_in: SignIn) -> None:
    answer = export(sign_in(manager), "setup", "XLSX")
    assert 'filename="setup-' in answer["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(body(answer)))
    assert book.sheetnames == list(TABLES)
    assert book["pools"]["D2"].value == "GA"


def test_the_whole_set_up_is_no_csv_file(stage: Stage, manager: User, sign_in: SignIn) -> None:
    answer = export(sign_in(manager), "setup", "CSV")
    assert answer["Content-Type"].startswith("text/html")
    assert "a CSV file has one table" in answer.content.decode()


def test_an_export_is_bounded_by_event_series_and_days(
    stage: Stage, manager: User, sign_in: SignIn
) -> None:
    series = Series.objects.create(venue=stage.event.venue, name="Nights")
    later = make_event(
        stage.event.venue, name="Later", series=series, starts_at=STARTS + timedelta(days=2)
    )
    client = sign_in(manager)
    found: dict[str, dict[str, Any]] = {
        "all": {},
        "event": {"event": later.pk},
        "series": {"series": series.pk},
        "from": {"start": "2030-12-06"},
        "until": {"end": "2030-12-05"},
        "venue": {"venue": stage.event.venue_id},
    }
    names = {
        key: [row["event"] for row in csv_rows(export(client, "events", **bounds))]
        for key, bounds in found.items()
    }
    assert names == {
        "all": ["Gala", "Later"],
        "event": ["Later"],
        "series": ["Later"],
        "from": ["Later"],
        "until": ["Gala"],
        "venue": ["Gala", "Later"],
    }
    assert len(csv_rows(export(client, "channels", event=stage.event.pk))) == 2
    assert len(csv_rows(export(client, "venues", event=stage.event.pk))) == 1


@pytest.mark.parametrize("name", ["event", "venue"])
def test_another_venues_bounds_are_no_choice(
    name: str, stage: Stage, other: Stage, manager: User, sign_in: SignIn
) -> None:
    target = other.event if name == "event" else other.event.venue
    bounds: dict[str, Any] = {name: target.pk}
    answer = export(sign_in(manager), "events", **bounds)
    assert "Select a valid choice" in answer.content.decode()


@pytest.mark.parametrize("value", ["abc", "9" * 30, "\x00"])
@pytest.mark.parametrize("bound", ["venue", "series", "event", "start", "end"])
def test_nonsense_as_a_bound_is_an_error_of_its_field(
    bound: str, value: str, stage: Stage, manager: User, sign_in: SignIn
) -> None:
    answer = export(sign_in(manager), "pools", **{bound: value})
    assert answer.status_code == 200
    assert list(answer.context["export"].errors) == [bound]


def test_bookings_come_out_without_contacts(stage: Stage, manager: User, sign_in: SignIn) -> None:
    stage.sell([("Ticket", 2), ("Both", 1)], contact={"name": "Asha Rao", "email": "a@b.example"})
    answer = body(export(sign_in(manager), "bookings")).decode()
    assert "Asha" not in answer
    assert "a@b.example" not in answer
    assert answer.count(str(Booking.objects.get().uuid)) == BookingLine.objects.count() == 2
    assert "20.00" in answer


def test_days_are_those_of_each_venue(stage: Stage, superuser: User, sign_in: SignIn) -> None:
    """One moment: already the 6th in Kolkata, still the 5th in New York."""
    moment = datetime(2030, 12, 5, 19, 0, tzinfo=UTC)
    for zone in ("Asia/Kolkata", "America/New_York"):
        make_event(make_venue(time_zone=zone), name=zone, starts_at=moment)
    client = sign_in(superuser)
    for day, names in (
        ("2030-12-05", {"Gala", "America/New_York"}),
        ("2030-12-06", {"Asia/Kolkata"}),
    ):
        rows = csv_rows(export(client, "events", start=day, end=day))
        assert {row["event"] for row in rows} == names
    [own] = csv_rows(export(client, "stock", start="2030-12-05", venue=stage.event.venue_id))[:1]
    assert own["event"] == "Gala"


@pytest.mark.parametrize("day", ["9999-12-31", "1999-12-31", "0001-01-01"])
@pytest.mark.parametrize("bound", ["start", "end"])
def test_a_day_that_no_event_can_have_is_refused(
    bound: str, day: str, stage: Stage, manager: User, sign_in: SignIn
) -> None:
    answer = export(sign_in(manager), "events", **{bound: day})
    assert f"{day} is not between 2000-01-01 and 2100-12-31." in answer.content.decode()
    assert export(sign_in(manager), "events", end="2100-12-31")["Content-Type"].startswith(
        "text/csv"
    )


def test_more_than_a_file_holds_is_refused(
    stage: Stage, manager: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.exports.MAX_EXPORTED", 1)
    answer = export(sign_in(manager), "pools")
    assert "There are more than 1 rows of pools" in answer.content.decode()


def test_a_workbook_holds_less_than_a_csv_file_and_says_so(
    stage: Stage, manager: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.exports.MAX_IN_WORKBOOK", 2)
    client = sign_in(manager)
    assert body(export(client, "pools", "XLSX")).startswith(b"PK")
    refused = export(client, "listings", "XLSX").content.decode()
    assert "There are more than 2 rows of listings" in refused
    assert "A CSV file holds 100000 of one table." in refused
    assert len(csv_rows(export(client, "listings"))) == 4
    # The sheets of one workbook together.
    assert "There are more than 2 rows of venues, series" in (
        export(client, "setup", "XLSX").content.decode()
    )


@pytest.mark.parametrize("role", Role)
def test_a_role_exports_what_it_may_view(role: Role, stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(person(role, stage))
    answers = {export(client, name).status_code for name in SOURCES}
    assert answers == ({403} if role == Role.PARTNER else {200})
    importers = {Role.VENUE_MANAGER, Role.PARTNER_MANAGER}
    hub = client.get(HUB).content.decode()
    assert ("Upload and check" in hub) == (role in importers)
    template = client.get(f"{HUB}template/")
    if role in importers:
        assert body(template).startswith(b"PK")
    assert template.status_code == (200 if role in importers else 403)


def test_a_person_without_permission_on_a_table_is_not_offered_it(
    stage: Stage, sign_in: SignIn
) -> None:
    user = person(Role.PARTNER, stage)
    user.user_permissions.add(_permission("events", "view_event"))
    client = sign_in(user)
    assert export(client, "events").status_code == 200
    assert "Select a valid choice" in export(client, "bookings").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(body(export(client, "setup", "XLSX"))))
    assert book.sheetnames == ["events"]


def _permission(app: str, codename: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.get(content_type__app_label=app, codename=codename)


@pytest.mark.parametrize("action", ["export_csv", "export_xlsx"])
def test_a_list_exports_the_chosen_rows_of_those_it_shows(
    action: str, stage: Stage, other: Stage, manager: User, sign_in: SignIn
) -> None:
    second = make_event(stage.event.venue, name="Later", starts_at=STARTS)
    chosen = [stage.event.pk, other.event.pk]
    answer = sign_in(manager).post(
        page(Event, "changelist"), {"action": action, "_selected_action": chosen}
    )
    content = body(answer)
    if action == "export_csv":
        names = [row["event"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content))["events"]
        names = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert names == ["Gala"]
    assert second.name not in names


def test_every_list_of_what_can_be_exported_offers_it_and_no_other(
    stage: Stage, superuser: User, sign_in: SignIn
) -> None:
    client = sign_in(superuser)
    stage.sell()
    for source in SOURCES.values():
        model = Booking if source.model is BookingLine else source.model
        key = model._default_manager.values_list("pk", flat=True).first()
        if key is None:
            continue
        answer = client.post(
            page(model, "changelist"), {"action": "export_csv", "_selected_action": [key]}
        )
        assert len(csv_rows(answer)) >= 1, source.name
    assert "export_csv" not in client.get(page(User, "changelist")).content.decode()
