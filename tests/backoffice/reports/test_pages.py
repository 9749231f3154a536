"""Pages of reports: who may read which, what their address chooses, and the files of the same numbers."""

import io
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.roles import Role
from events.models import Event
from planning.reports.catalog import REPORTS
from sales.models import Booking
from tests.backoffice.conftest import person, signed_in
from tests.factories import Stage, id_of

pytestmark = pytest.mark.django_db

KOLKATA = ZoneInfo("Asia/Kolkata")


def page(name: str) -> str:
    return reverse("reports:report", args=(name,))


def file(name: str, kind: str) -> str:
    return reverse("reports:file", args=(name, kind))


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def csv_rows(client: Client, name: str, **query: Any) -> list[str]:
    return content_of(client.get(file(name, "CSV"), query)).decode("utf-8-sig").splitlines()


def test_each_report_opens_empty_and_full_in_few_statements(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 2)])
    for name, report in REPORTS.items():
        for by in report.groups or {"": ""}:
            asked: dict[str, Any] = {
                "event": stage.event.pk,
                "venue": stage.event.venue_id,
                "by": by,
            }
            with CaptureQueriesContext(connection) as queries:
                answer = manager.get(page(name), asked)
            assert (answer.status_code, len(queries) <= 25) == (200, True), (name, len(queries))
    assert "Tickets" in manager.get(page("sales")).content.decode()


def test_a_report_is_about_the_persons_venues_alone(
    manager: Client, stage: Stage, other: Stage
) -> None:
    stage.sell([("Ticket", 2)])
    other.sell([("Ticket", 3)])
    [_head, row] = csv_rows(manager, "sales", by="channel")
    assert row == "web,2,20.00,INR"
    answer = manager.get(page("sales"), {"event": other.event.pk})
    assert (answer.status_code, "table" in answer.context) == (400, False)


def test_a_report_needs_the_rights_of_its_rows(stage: Stage) -> None:
    stage.sell()
    for role in (Role.BOX_OFFICE, Role.FINANCE, Role.AUDITOR, Role.PARTNER_MANAGER):
        client = signed_in(person(role, stage))
        assert client.get(page("sales")).status_code == 200
    nobody = signed_in(person(Role.PARTNER, stage))
    assert nobody.get(page("sales")).status_code in {302, 403}
    assert nobody.get(file("sales", "CSV")).status_code in {302, 403}


def test_a_file_is_no_formula_and_has_the_numbers_of_the_page(
    manager: Client, stage: Stage
) -> None:
    Event.objects.filter(pk=stage.event.pk).update(name="=1+1")
    stage.sell([("Ticket", 2)])
    assert csv_rows(manager, "sales", by="item")[1].startswith("\"'=1+1, ")
    content = content_of(manager.get(file("sales", "XLSX"), {"by": "item"}))
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    [_head, row] = sheet.iter_rows()
    assert (row[0].data_type, row[2].value) == ("s", 2)


def test_what_cannot_be_asked_is_said_at_its_field(manager: Client) -> None:
    answer = manager.get(page("sales"), {"first": "2026-10-02", "last": "2026-10-01"})
    assert (answer.status_code, answer.context["form"].errors["last"]) == (
        400,
        ["The last day is before the first."],
    )
    assert manager.get(file("sales", "CSV"), {"first": "soon"}).status_code == 400
    assert manager.get(page("nothing")).status_code == 404


def test_a_filter_that_is_left_empty_says_that_it_means_all(manager: Client) -> None:
    shown = manager.get(page("sales")).content.decode()
    schedule = manager.get(reverse("admin:planning_reportschedule_add")).content.decode()
    for name in ("series", "events", "channels"):
        assert f'data-placeholder="All {name}"' in shown
        assert f'data-placeholder="All {name}"' in schedule or "venue" not in schedule


def test_a_time_is_compared_with_as_many_days_before(manager: Client, stage: Stage) -> None:
    """Nothing is said where nothing was sold before."""
    now = timezone.now()
    for tickets, days in ((4, 9), (3, 2), (2, 3)):
        booking = id_of(stage.sell([("Ticket", tickets)]))
        Booking.objects.filter(pk=booking).update(confirmed_at=now - timedelta(days=days))
    shown = manager.get(page("sales"))
    assert shown.context["changes"] == []
    week = next(url for words, url, _current in shown.context["ranges"] if words == "7 days")
    answer = manager.get(week)
    assert [(change.now, change.change) for change in answer.context["changes"]] == [
        ("5 tickets", "+25 %"),
        ("50 INR", "+25 %"),
    ]
    text = answer.content.decode()
    assert "against the 7 days before (4 tickets); today is not over" in text
    assert text.count('aria-current="page">7 days') == 1
    day = (now.astimezone(KOLKATA) - timedelta(days=3)).date()
    one = manager.get(
        page("sales"), {"first": f"{day + timedelta(days=1)}", "last": f"{day + timedelta(days=1)}"}
    )
    assert [change.change for change in one.context["changes"]] == ["+50 %", "+50 %"]
    assert "against the day before (2 tickets)<" in one.content.decode()
    less = manager.get(
        page("sales"), {"first": f"{now.date() - timedelta(days=1)}", "last": f"{now.date()}"}
    )
    assert less.status_code == 200


def test_a_column_that_is_called_after_an_event_is_no_formula(
    manager: Client, stage: Stage
) -> None:
    Event.objects.filter(pk=stage.event.pk).update(name="=1+1")
    query = {"event": stage.event.pk}
    head = csv_rows(manager, "pace", **query)[0]
    assert "'=1+1, " in head
    book = load_workbook(io.BytesIO(content_of(manager.get(file("pace", "XLSX"), query))))
    assert book.active is not None
    assert {cell.data_type for cell in book.active[1]} == {"s"}
