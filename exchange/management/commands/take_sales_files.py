"""``manage.py take_sales_files DIR --channel CODE --venue SLUG``: book the files that a channel has dropped into a folder."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from allocations.models import SalesChannel
from common.actor import SYSTEM
from common.errors import RefusedError
from exchange.sales_files.booking import Summary, book_file, summary_of
from exchange.sales_files.reading import read_file
from offline.models import SalesFile

SUFFIXES = {".csv", ".txt", ".tsv", ".xlsx"}
DONE, REFUSED = "done", "refused"


class Command(BaseCommand):
    help = (
        "Books every CSV file and workbook in a folder, the oldest first, and moves it to its subfolder"
        f" “{DONE}”; one that cannot be read goes to “{REFUSED}”, with the reason beside it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--venue", required=True, help="the venue's short name")
        parser.add_argument("--channel", required=True, help="the channel's code")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and leave all as it is"
        )
        parser.add_argument(
            "--whole", action="store_true", help="each file holds all sales of its events"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        channel = SalesChannel.objects.filter(
            venue__slug=options["venue"], code=options["channel"]
        ).first()
        if channel is None:
            raise CommandError(f"{options['venue']} has no channel {options['channel']}.")
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
        for path in sorted(files, key=lambda path: (path.stat().st_mtime, path.name)):
            self._take(path, channel, whole=options["whole"], is_dry=options["dry_run"])

    def _take(self, path: Path, channel: SalesChannel, *, whole: bool, is_dry: bool) -> None:
        try:
            # Only a dry run takes back what was read: else no transaction waits while a workbook is unpacked.
            with transaction.atomic() if is_dry else nullcontext():
                file = self._read(path, channel, whole=whole)
                if is_dry:
                    self._say(path, summary_of(file), is_dry=True)
                    transaction.set_rollback(True)
                    return
        except RefusedError as refusal:
            self.stderr.write(f"{path.name}: {refusal.detail}")
            if not is_dry:
                moved = _move(path, REFUSED)
                moved.with_name(f"{moved.name}.reason.txt").write_text(refusal.detail + "\n")
            return
        summary = summary_of(file)
        try:
            summary.conflicts = book_file(file, by=SYSTEM)
        except RefusedError as refusal:
            # What was booked until then stays, and the next run goes on with the rest.
            self.stderr.write(f"{path.name} stays: {refusal.detail}")
            return
        self._say(path, summary, is_dry=False)
        _move(path, DONE)

    def _read(self, path: Path, channel: SalesChannel, *, whole: bool) -> SalesFile:
        return read_file(
            channel=channel, name=path.name, content=path.read_bytes(), by=SYSTEM, is_whole=whole
        )

    def _say(self, path: Path, summary: Summary, *, is_dry: bool) -> None:
        self.stdout.write(f"{path.name}: {_words(summary, is_dry=is_dry)}")
        for row, fault in summary.problems:
            self.stdout.write(f"  row {row}: {fault}")


def _move(path: Path, folder: str) -> Path:
    """Into a subfolder, under a name that is free there."""
    target = path.parent / folder / path.name
    target.parent.mkdir(exist_ok=True)
    number = 1
    while target.exists():
        number += 1
        target = target.with_name(f"{path.stem}-{number}{path.suffix}")
    return path.rename(target)


def _words(summary: Summary, *, is_dry: bool) -> str:
    verb = "would be" if is_dry else "were"
    return (
        f"{summary.lines} lines; {summary.added} tickets {verb} booked and {summary.taken_back} refunded;"
        f" {summary.new} new, {summary.changed} changed, {summary.known} known before;"
        f" {summary.conflicts} without stock, {summary.unreadable} not readable"
        + (f"; {summary.gone} are gone from the file" if summary.gone else "")
    )
