"""Sales files in the back office: checked when they come, booked when somebody says so, undone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from allocations.models import SalesChannel
from exchange.models import FILE_KEPT
from exchange.sales_files import reading
from exchange.sales_files import rows as rows_of_files
from exchange.sales_files.work import FORBIDDEN, work
from exchange.tasks import forget_old_files
from exchange.work import MAX_ATTEMPTS
from offline.enums import FileState, LinesState
from offline.models import Conflict, FileLine, SalesFile
from offline.services import is_step_possible
from sales.models import Booking
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_previews import ask, rows
from tests.backoffice.test_actions import act, assert_done, assert_refused
from tests.exchange.sales_files.files import csv, make_marketplace, row, xlsx
from tests.factories import Counters, Stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_marketplace(10)


def send(client: Client, stage: Stage, content: bytes, name: str = "a.csv", **form: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    values = {"channel": stage.channels["web"].pk, "file": file, **form}
    return client.post(reverse("admin:offline_salesfile_upload"), values)


def checked(client: Client, stage: Stage, content: bytes, **form: Any) -> SalesFile:
    """Upload a file and have a worker check it."""
    answer = send(client, stage, content, **form)
    assert answer.status_code == 302, answer.context["form"].errors
    assert work() == 1
    return SalesFile.objects.latest("pk")


def shown(client: Client, file: SalesFile, step: str) -> dict[str, str]:
    """What a dialog carries of what it has shown."""
    answer = client.get(reverse(f"admin:offline_salesfile_{step}", args=(file.pk,)))
    return {"opened_with": answer.context["form"].opened_with}


def do(client: Client, file: SalesFile, step: str) -> SalesFile:
    seen = shown(client, file, step)
    assert_done(act(client, file, step, reason="Monday's file", **seen))
    assert work() == 1
    file.refresh_from_db()
    return file


def test_a_file_is_checked_then_booked_when_somebody_says_so_then_undone(
    manager: Client, stage: Stage
) -> None:
    with nothing_changed():
        file = checked(manager, stage, csv([row("A-1", 4), row("A-2", 7), row("A-3", "many")]))
    assert (file.state, file.channel_id) == (FileState.CHECKED, stage.channels["web"].pk)
    body = manager.get(page(file, "change")).content.decode()
    assert "“many” is not how many." in body
    assert file.summary["short"] == [[3, "Diwali Gala", "Ticket", 7, 6]]
    assert file.summary["new"] == 2
    answer = manager.get(reverse("admin:offline_salesfile_unreadable", args=(file.pk,)))
    assert "“many” is not how many." in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    assert do(manager, file, "book").state == FileState.DONE
    assert stage.counters() == Counters(10, 0, 4, 0)
    assert (file.summary["conflicts"], Conflict.objects.count()) == (1, 2)
    assert "What was booked" in manager.get(page(file, "change")).content.decode()
    assert Booking.objects.get().user_id == int(manager.session["_auth_user_id"])

    assert do(manager, file, "undo").state == FileState.UNDONE
    assert stage.counters().sold == 0
    with nothing_changed():
        act(manager, file, "book", reason="again")
    assert work() == 0
    assert_reconciled()


def test_its_numbers_have_groups_of_digits(manager: Client, stage: Stage) -> None:
    file = checked(manager, stage, csv([row("A-1", 1282)]))
    number = r"<dt>Tickets added</dt>\s*<dd>\s*1,282\s*</dd>"
    assert re.search(number, manager.get(page(file, "change")).content.decode())
    assert "1,282 added" in manager.get(page(SalesFile, "changelist")).content.decode()
    assert rows(ask(manager, file, "book")) == [
        ("Tickets added", "1,282"),
        ("Of these, not to be had now, as conflicts", "1,282"),
    ]


def test_what_is_gone_from_a_file_of_the_whole_stays_until_somebody_refunds_it(
    manager: Client, stage: Stage
) -> None:
    do(manager, checked(manager, stage, csv([row("A-1", 2), row("A-2", 3)])), "book")
    file = checked(manager, stage, csv([row("A-2", 3)]), is_whole="on")
    assert (file.summary["gone"], file.summary["gone_tickets"]) == (1, 2)
    do(manager, file, "book")
    assert stage.counters().sold == 5
    do(manager, file, "refund_gone")
    assert stage.counters().sold == 3
    assert (file.state, file.summary["gone"]) == (FileState.DONE, 0)
    assert_reconciled()


def test_a_dialog_whose_numbers_have_changed_books_nothing(manager: Client, stage: Stage) -> None:
    one, other = (checked(manager, stage, csv([row("A-1", count)])) for count in (2, 3))
    seen = shown(manager, other, "book")
    do(manager, one, "book")
    answer = act(manager, other, "book", reason="Monday's file", **seen)
    assert_refused(answer, "Tickets added was changed meanwhile: it is 1 now.")
    assert stage.counters().sold == 2


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b" \n", "a.csv", "The file is empty."),
        (b"x" * 25_000_001, "a.csv", "at most 25000000 are taken"),
    ],
)
def test_what_is_no_file_to_keep_is_refused_at_once(
    manager: Client, stage: Stage, content: bytes, name: str, said: str
) -> None:
    assert said in send(manager, stage, content, name).content.decode()
    assert not SalesFile.objects.exists()


def test_a_file_that_cannot_be_read_says_why(manager: Client, stage: Stage) -> None:
    for content in (b"a,b\n1,2\n", b"PK\x03\x04 nothing", xlsx([], ("x", "y"))):
        file = checked(manager, stage, content)
        assert file.state == FileState.REJECTED
        assert file.message in manager.get(page(file, "change")).content.decode().replace(
            "&#x27;", "'"
        )
    assert not FileLine.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "<script>alert(1)</script>.csv",
        "\u202evsc.exe",
        "x" * 400 + ".csv",
        "=cmd|' /C calc'!A0.csv",
    ],
)
def test_a_hostile_name_is_only_a_name(manager: Client, stage: Stage, name: str) -> None:
    file = checked(manager, stage, csv([row("A-1")]), name=name)
    assert len(file.name) <= 200
    assert "\u202e" not in file.name
    answer = manager.get(page(file, "change"))
    assert "<script>alert" not in answer.content.decode()
    assert file.state == FileState.CHECKED


def test_only_late_channels_of_ones_own_venues_are_offered(
    manager: Client, stage: Stage, other: Stage
) -> None:
    SalesChannel.objects.filter(pk=other.channels["web"].pk).update(connectivity="OFFLINE")
    answer = send(manager, other, csv([row("A-1")]))
    assert "channel" in answer.context["form"].errors
    SalesChannel.objects.filter(pk=stage.channels["web"].pk).update(connectivity="REAL_TIME")
    answer = send(manager, stage, csv([row("A-1")]))
    assert "channel" in answer.context["form"].errors
    assert "None of your channels is offline at times" in answer.content.decode()
    assert not SalesFile.objects.exists()


def test_another_venues_file_is_not_there(
    manager: Client, stage: Stage, other: Stage, sign_in: SignIn
) -> None:
    file = checked(manager, stage, csv([row("A-1")]))
    stranger = sign_in(person(Role.VENUE_MANAGER, other))
    for name in ("change", "progress", "unreadable", "book", "undo"):
        address = reverse(f"admin:offline_salesfile_{name}", args=(file.pk,))
        assert stranger.get(address).status_code == 404, name
    auditor = sign_in(person(Role.AUDITOR, stage))
    assert auditor.get(page(file, "change")).status_code == 200
    assert auditor.get(reverse("admin:offline_salesfile_upload")).status_code == 403
    assert act(auditor, file, "book", reason="x").status_code == 403


def test_who_may_no_longer_books_nothing(manager: Client, stage: Stage) -> None:
    file = checked(manager, stage, csv([row("A-1")]))
    assert_done(act(manager, file, "book", reason="x", **shown(manager, file, "book")))
    User.objects.get(pk=manager.session["_auth_user_id"]).venues.clear()
    work()
    file.refresh_from_db()
    assert (file.state, file.message) == (FileState.FAILED, FORBIDDEN)
    assert stage.counters().sold == 0


def test_progress_ends_with_the_page_anew(manager: Client, stage: Stage) -> None:
    send(manager, stage, csv([row("A-1")]))
    file = SalesFile.objects.get()
    address = reverse("admin:offline_salesfile_progress", args=(file.pk,))
    assert "Waiting to be checked" in manager.get(address).content.decode()
    work()
    assert manager.get(address).headers["HX-Refresh"] == "true"


def test_a_file_is_forgotten_after_a_month_and_what_was_read_of_it_stays(
    manager: Client, stage: Stage
) -> None:
    file = checked(manager, stage, csv([row("A-1", 2)]))
    send(manager, stage, csv([row("A-2")]))  # nobody has read it yet
    SalesFile.objects.update(uploaded_at=timezone.now() - FILE_KEPT - timedelta(hours=1))
    assert forget_old_files() == 1
    assert SalesFile.objects.get(content=None) == file
    assert not is_step_possible(file, FileState.WAITING)
    assert do_all(manager, file).state == FileState.DONE
    assert stage.counters().sold == 2


def test_a_file_is_unpacked_while_no_transaction_waits_for_it(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths = []

    def open_rows(*args: Any) -> Any:
        depths.append(len(connection.savepoint_ids))
        return rows_of_files.open_rows(*args)

    monkeypatch.setattr(reading, "open_rows", open_rows)
    assert checked(manager, stage, csv([row("A-1")])).state == FileState.CHECKED
    assert depths == [len(connection.savepoint_ids)]


def test_the_page_says_what_is_left_of_a_file_whose_lines_are_forgotten(
    manager: Client, stage: Stage
) -> None:
    file = checked(manager, stage, csv([row("A-1", 2)]))
    said = {
        FileState.CHECKED: "Upload the file again to book it.",
        FileState.REJECTED: "Upload the file again to book it.",
        FileState.DONE: "What was booked of them stays, and can be undone.",
        FileState.UNDONE: "Its lines were forgotten after it was undone.",
    }
    for state, own in said.items():
        SalesFile.objects.update(state=state, lines_state=LinesState.FORGOTTEN)
        body = manager.get(page(file, "change")).content.decode()
        assert {text for text in said.values() if text in body} == {own}


def do_all(client: Client, file: SalesFile) -> SalesFile:
    """Book it, with whatever else waits for the worker."""
    assert_done(act(client, file, "book", **shown(client, file, "book")))
    assert work() == 2
    file.refresh_from_db()
    return file


def test_a_step_that_ends_with_its_worker_is_given_up(manager: Client, stage: Stage) -> None:
    send(manager, stage, csv([row("A-1")]))
    SalesFile.objects.update(attempts=MAX_ATTEMPTS)
    assert work() == 1
    file = SalesFile.objects.get()
    assert file.state == FileState.FAILED
    assert "stopped in the middle 3 times" in file.message
    assert is_step_possible(file, FileState.WAITING)
