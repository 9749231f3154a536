"""What people ask of an import: each step where it may be taken, of files that are ours and still there."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from exchange import services
from exchange.enums import TRANSITIONS, RunState
from exchange.errors import FileRefusedError, RunStateError
from exchange.models import ImportRun
from tests.exchange.files import check_rows, upload

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", RunState)
def test_a_step_is_taken_only_where_it_may_be(state: RunState, venue: Any, keeper: User) -> None:
    run = upload(keeper, b"venue,series\nx,y\n")
    steps: dict[RunState, Any] = {
        RunState.QUEUED: lambda: services.confirm_import(run_id=run.pk, reason="r", user=keeper),
        RunState.WAITING: lambda: services.check_again(run_id=run.pk),
        RunState.DISCARDED: lambda: services.discard(run_id=run.pk),
    }
    for wanted, step in steps.items():
        ImportRun.objects.filter(pk=run.pk).update(state=state, content=b"x")
        if wanted in TRANSITIONS[state]:
            assert step().state == wanted
        else:
            with pytest.raises(RunStateError):
                step()
            assert ImportRun.objects.get().state == state


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"", "The file is empty."),
        ("x.csv", b" \n", "The file is empty."),
        ("x.csv", b"x" * 5_000_001, "The file has 5000001 bytes; at most 5000000 are taken."),
        ("x.xls", b"\xd0\xcf\x11\xe0", "Only CSV files"),
        ("x.xlsx", b"venue,series", "Only CSV files"),
        ("x.csv", b"PK\x03\x04", "Only CSV files"),
        ("x", b"venue,series", "Only CSV files"),
    ],
    ids=range(7),
)
def test_what_is_no_file_of_ours_is_not_kept(
    name: str, content: bytes, message: str, keeper: User
) -> None:
    with pytest.raises(FileRefusedError, match=message):
        services.upload_file(file=SimpleUploadedFile(name, content), table="", user=keeper)
    assert not ImportRun.objects.exists()


def test_old_files_are_forgotten_and_the_runs_stay(venue: Any, keeper: User) -> None:
    ready = check_rows(keeper, "series", {"venue": venue.slug, "series": "A"})
    young = check_rows(keeper, "series", {"venue": venue.slug, "series": "B"})
    waiting = upload(keeper, b"venue,series\nx,y\n")
    now = timezone.now()
    ImportRun.objects.filter(pk__in=(ready.pk, waiting.pk)).update(
        uploaded_at=now - timedelta(days=31)
    )
    assert services.forget_old_files(now=now) == 1
    kept = ImportRun.objects.filter(content__isnull=False).order_by("pk")
    assert [run.pk for run in kept] == [young.pk, waiting.pk]
    assert ImportRun.objects.count() == 3
    with pytest.raises(RunStateError, match="forgotten"):
        services.check_again(run_id=ready.pk)
    with pytest.raises(RunStateError, match="forgotten"):
        services.confirm_import(run_id=ready.pk, reason="r", user=keeper)
