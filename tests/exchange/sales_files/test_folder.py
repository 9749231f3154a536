"""A folder that files are dropped into: each is booked once and put away, or refused with the reason beside it."""

import os
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from exchange.sales_files import booking
from idempotency.errors import BusyError
from offline.models import FileMapping, SalesFile
from tests.exchange.sales_files.files import channel_of, csv, make_marketplace, row
from tests.factories import Stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_marketplace(100)


def take(stage: Stage, folder: Path, *options: str) -> str:
    output = StringIO()
    channel = channel_of(stage)
    call_command(
        "take_sales_files",
        str(folder),
        *("--venue", channel.venue.slug, "--channel", channel.code, *options),
        stdout=output,
        stderr=output,
    )
    return output.getvalue()


def drop(folder: Path, name: str, content: bytes, age: int = 0) -> None:
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))


def test_files_are_booked_the_oldest_first_and_put_away(stage: Stage, tmp_path: Path) -> None:
    drop(tmp_path, "b.csv", csv([row("A-1", 5)]), age=10)
    drop(tmp_path, "a.csv", csv([row("A-1", 3), row("?", "many")]))
    drop(tmp_path, "photo.jpg", b"?")
    said = take(stage, tmp_path)
    assert said.splitlines() == [
        (
            "b.csv: 1 lines; 5 tickets were booked and 0 refunded; 1 new, 0 changed, 0 known before;"
            " 0 without stock, 0 not readable"
        ),
        (
            "a.csv: 2 lines; 0 tickets were booked and 2 refunded; 0 new, 1 changed, 0 known before;"
            " 0 without stock, 1 not readable"
        ),
        "  row 3: “many” is not how many.",
    ]
    assert stage.counters().sold == 3
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["a.csv", "b.csv"]
    assert take(stage, tmp_path) == ""


def test_a_dry_run_leaves_everything_as_it_is(stage: Stage, tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", csv([row("A-1", 3)]))
    assert "3 tickets would be booked" in take(stage, tmp_path, "--dry-run")
    assert stage.counters().sold == 0
    assert not SalesFile.objects.exists()
    assert not FileMapping.objects.exists()  # which would bind the channel to these headings
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_file_that_is_held_up_stays_and_goes_on_the_next_time(
    stage: Stage, tmp_path: Path
) -> None:
    drop(tmp_path, "a.csv", csv([row("A-1", 3)]))
    busy = BusyError("Too many wait for the same thing. Try again.")
    with patch.object(booking, "sync", side_effect=busy):
        assert "a.csv stays: Too many wait" in take(stage, tmp_path)
    assert (tmp_path / "a.csv").exists()
    assert "3 tickets were" in take(stage, tmp_path)
    assert stage.counters().sold == 3


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    stage: Stage, tmp_path: Path
) -> None:
    for _ in range(2):
        drop(tmp_path, "a.csv", b"x,y\r\n1,2\r\n")
        assert "No row has the headings" in take(stage, tmp_path)
    names = sorted(path.name for path in (tmp_path / "refused").iterdir())
    assert names == ["a-2.csv", "a-2.csv.reason.txt", "a.csv", "a.csv.reason.txt"]


def test_who_is_not_there_is_named(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="has no channel nobody"):
        call_command(
            "take_sales_files",
            str(tmp_path),
            *("--venue", stage.event.venue.slug, "--channel", "nobody"),
        )
