"""The pages of an import: from upload to import, who sees a run, and what its page says."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.models import User
from accounts.roles import Role
from common.history import save_because
from events.models import Series
from exchange import services
from exchange.enums import RunState
from exchange.models import MAX_CHANGES, ImportRun
from exchange.work import CHECK_CHANGES, work
from tests.backoffice.addresses import page
from tests.exchange.conftest import HUB, SignIn, person
from tests.exchange.files import check, csv_bytes, upload
from tests.factories import Stage

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def nights(stage: Stage) -> bytes:
    return csv_bytes([{"venue": stage.event.venue.slug, "series": "Nights"}])


def test_a_file_is_uploaded_checked_confirmed_and_imported(
    stage: Stage, manager: User, sign_in: SignIn, nights: bytes
) -> None:
    client = sign_in(manager)
    answer = client.post(HUB, {"file": SimpleUploadedFile("s.csv", nights), "table": ""})
    run = ImportRun.objects.get()
    assert answer.headers["Location"] == page(run, "change")
    waiting = client.get(page(run, "change")).content.decode()
    assert f'hx-get="/admin/exchange/importrun/{run.pk}/progress/"' in waiting
    assert "import_file" not in waiting
    work()
    ready = client.get(page(run, "change")).content.decode()
    assert "/progress/" not in ready
    url = f"/admin/exchange/importrun/{run.pk}/import_file/"
    assert url in ready
    refused = client.post(url, {"reason": " "}, headers=HTMX)
    assert "This field is required." in refused.content.decode()
    assert client.post(url, {"reason": "Season"}, headers=HTMX).headers["HX-Refresh"] == "true"
    work()
    done = client.get(page(run, "change")).content.decode()
    series = Series.objects.get()
    assert page(series, "change") in done
    assert series.history.get().history_change_reason == "Season"
    assert client.post(url, {"reason": "Again"}).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.DONE, "Season")


def test_the_moving_part_asks_for_the_whole_page_when_it_is_through(
    stage: Stage, manager: User, sign_in: SignIn, nights: bytes
) -> None:
    client = sign_in(manager)
    run = upload(manager, nights)
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.CHECKING, done=250, total=1000)
    url = f"/admin/exchange/importrun/{run.pk}/progress/"
    moving = client.get(url)
    assert "HX-Refresh" not in moving.headers
    assert 'value="25"' in moving.content.decode()
    assert "250 of 1,000" in moving.content.decode()
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.READY)
    assert client.get(url).headers["HX-Refresh"] == "true"


def test_a_run_that_is_given_up_forgets_its_file(
    stage: Stage, manager: User, sign_in: SignIn, nights: bytes
) -> None:
    run = check(manager, nights)
    url = f"/admin/exchange/importrun/{run.pk}/discard/"
    assert sign_in(manager).post(url, {}, headers=HTMX).headers["HX-Refresh"] == "true"
    run.refresh_from_db()
    assert (run.state, run.content) == (RunState.DISCARDED, None)


@pytest.mark.parametrize("user", ["colleague", "auditor"])
def test_another_persons_run_is_not_there(
    user: str, stage: Stage, manager: User, sign_in: SignIn, nights: bytes
) -> None:
    run = check(manager, nights)
    client = sign_in(person(Role.VENUE_MANAGER if user == "colleague" else Role.AUDITOR, stage))
    expected = 404 if user == "colleague" else 403
    assert client.get(page(run, "change")).status_code == expected
    for step in ("import_file", "check_again", "discard"):
        url = f"/admin/exchange/importrun/{run.pk}/{step}/"
        assert client.post(url, {"reason": "x"}).status_code == expected, step
    assert client.get(f"/admin/exchange/importrun/{run.pk}/progress/").status_code == 404
    run.refresh_from_db()
    assert run.state == RunState.READY


def test_a_superuser_sees_every_run(
    stage: Stage, manager: User, superuser: User, sign_in: SignIn, nights: bytes
) -> None:
    run = check(manager, nights)
    client = sign_in(superuser)
    assert client.get(page(run, "change")).status_code == 200
    assert "season.csv" in client.get(page(ImportRun, "changelist")).content.decode()


def test_the_page_names_who_confirmed_and_the_message_of_a_run_to_confirm_again(
    stage: Stage, manager: User, superuser: User, sign_in: SignIn, nights: bytes
) -> None:
    run = check(manager, nights)
    client = sign_in(superuser)
    url = f"/admin/exchange/importrun/{run.pk}/import_file/"
    assert client.post(url, {"reason": "Season"}, headers=HTMX).headers["HX-Refresh"] == "true"
    assert f"confirmed by {superuser}" in client.get(page(run, "change")).content.decode()
    save_because(Series(venue=stage.event.venue, name="Nights"), "by hand")
    work()
    shown = client.get(page(run, "change")).content.decode()
    assert CHECK_CHANGES in shown
    assert "confirmed by" not in shown
    assert url in shown


@pytest.mark.parametrize(
    ("more", "problems", "rows"),
    [(1, "and 1 more problem<", "and 1 more row<"), (2, "and 2 more problems", "and 2 more rows")],
)
def test_what_is_left_out_is_counted(
    more: int, problems: str, rows: str, stage: Stage, manager: User, sign_in: SignIn
) -> None:
    run = ImportRun.objects.create(
        name="season.csv",
        kind="CSV",
        size=1,
        uploaded_by=manager,
        state=RunState.REJECTED,
        problems=[["CSV", 2, "", "Wrong."]],
        problem_count=1 + more,
        changes=[["series", 2, "Nights", [], True]] * MAX_CHANGES,
        new_rows=MAX_CHANGES + more,
    )
    shown = sign_in(manager).get(page(run, "change")).content.decode()
    assert problems in shown
    assert rows in shown


def test_a_run_shows_its_times_in_the_zone_of_the_venue(
    stage: Stage, manager: User, sign_in: SignIn, nights: bytes
) -> None:
    run = check(manager, nights)
    client = sign_in(manager)
    time = f"{run.uploaded_at.astimezone(stage.event.venue.zone):%H:%M} IST"
    for path in (page(run, "change"), HUB):
        text = client.get(path).content.decode()
        assert time in text, path
        assert " UTC" not in text, path


def test_problems_and_changes_are_shown_as_text(
    stage: Stage, manager: User, sign_in: SignIn
) -> None:
    content = csv_bytes([{"venue": "<b>x</b>", "series": "<script>"}])
    run = check(manager, content)
    shown = sign_in(manager).get(page(run, "change")).content.decode()
    assert "There is no venue “&lt;b&gt;x&lt;/b&gt;”." in shown


def test_a_file_that_is_refused_says_why_on_the_page(
    stage: Stage, manager: User, sign_in: SignIn
) -> None:
    answer = sign_in(manager).post(HUB, {"file": SimpleUploadedFile("a.xls", b"x"), "table": ""})
    assert "Only CSV files (.csv) and Excel workbooks" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_who_may_only_view_uploads_nothing(stage: Stage, sign_in: SignIn, nights: bytes) -> None:
    client = sign_in(person(Role.AUDITOR, stage))
    assert client.post(HUB, {"file": SimpleUploadedFile("s.csv", nights)}).status_code == 403
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("query", ["content__contains=x", "problems__icontains=x"])
def test_no_address_asks_what_a_file_holds(query: str, superuser: User, sign_in: SignIn) -> None:
    answer = sign_in(superuser).get(f"{page(ImportRun, 'changelist')}?{query}")
    assert answer.status_code == 400


def test_an_upload_is_worked_on_once_it_is_committed(
    stage: Stage,
    manager: User,
    nights: bytes,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked: list[tuple[str, str]] = []

    def no_broker(task: str, *, queue: str) -> None:
        asked.append((task, queue))
        raise OSError

    monkeypatch.setattr("exchange.services.ask_worker", no_broker)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        services.upload_file(file=SimpleUploadedFile("s.csv", nights), table="", user=manager)
        assert asked == []
    assert asked == [("exchange.tasks.work_on_imports", "default")]
    assert ImportRun.objects.get().state == RunState.WAITING  # and beat finds it
