"""A sales file is read: what it says is kept line by line, by its channel's mapping or by a ready one that fits it."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from allocations.models import SalesChannel
from common.actor import Actor
from exchange.sales_files.lines import FaultyLine, LineReader, SoldLine
from exchange.sales_files.mapping import FileMapping, ready_for
from exchange.sales_files.rows import FileRow, Pick, open_rows
from offline import models
from offline.models import SalesFile
from offline.services import digest_of, file_name_of, require_file_size

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file whose headings were found: how it is read, and its rows. ``version``: none yet of a ready mapping."""

    channel: SalesChannel
    version: models.FileMapping | None
    mapping: FileMapping
    rows: Iterator[FileRow]


def open_file(
    channel: SalesChannel, content: bytes, named: models.FileMapping | None = None
) -> OpenFile:
    """By the mapping that is named, or else the channel's newest. Raises ``FileRefusedError``.

    Needs no transaction, and one should not wait for it: a workbook takes seconds to unpack.
    """
    version = named or channel.file_mappings.order_by("-version").first()
    mapping, rows = open_rows(
        content, ready_for if version is None else _only(FileMapping.of(version.content))
    )
    return OpenFile(channel, version, mapping, rows)


def read_file(
    *, channel: SalesChannel, name: str, content: bytes, by: Actor, is_whole: bool = False
) -> SalesFile:
    """Keep what a file says, line by line.

    Raises ``FileTooLargeError``, and ``FileRefusedError`` for what cannot be read at all: then nothing is kept.
    """
    require_file_size(len(content))
    opened = open_file(channel, content)
    with transaction.atomic():
        file = SalesFile.objects.create(
            channel=channel,
            mapping=_version_of(opened, by),
            name=file_name_of(name),
            digest=digest_of(content),
            is_whole=is_whole,
            user_id=by.user_id,
            api_key_id=by.api_key_id,
        )
        _write_lines(file, LineReader(channel, opened.mapping).read(opened.rows))
    return file


def read_again(
    file: SalesFile, opened: OpenFile, *, by: Actor, tell: Callable[[int], None]
) -> models.FileMapping:
    """Read a file that was uploaded, in the place of what was read of it before; returns by which version.

    ``tell`` hears how many rows are through. Needs a transaction. Raises ``FileRefusedError``.
    """
    file.lines.all().delete()
    _write_lines(file, LineReader(file.channel, opened.mapping).read(_counted(opened.rows, tell)))
    return _version_of(opened, by)


def _version_of(opened: OpenFile, by: Actor) -> models.FileMapping:
    return opened.version or models.FileMapping.objects.create(
        channel=opened.channel,
        version=1,
        content=opened.mapping.content,
        user_id=by.user_id,
        reason="Recognized by its headings.",
    )


def _only(mapping: FileMapping) -> Pick:
    return lambda headings: mapping if mapping.fits(headings) else None


def _counted(rows: Iterable[FileRow], tell: Callable[[int], None]) -> Iterator[FileRow]:
    for number, row in enumerate(rows):
        if number % ROWS_AT_ONCE == 0:
            tell(number)
        yield row


def _write_lines(file: SalesFile, lines: Iterable[SoldLine | FaultyLine]) -> None:
    """By COPY, as they come: a file may have a hundred thousand."""
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY offline_fileline (file_id, row, event_id, item_id, quantity, unit_price, series, said_at,"
            " fault, cells) FROM STDIN"
        ) as copy,
    ):
        for line in lines:
            if isinstance(line, FaultyLine):
                cells = json.dumps(line.cells)
                copy.write_row(
                    (file.pk, line.row, None, None, 0, None, "", None, line.fault, cells)
                )
            else:
                copy.write_row(
                    (
                        *(file.pk, line.row, line.event_id, line.item_id),
                        *(line.quantity, line.unit_price, line.series, line.said_at),
                        *("", "{}"),
                    )
                )
    with connection.cursor() as cursor:
        # Else the planner takes the table for as small as it was before.
        cursor.execute("ANALYZE offline_fileline")
