"""A sales file is read: what it says is kept line by line, by its channel's mapping or by a ready one that fits it."""

import json
from collections.abc import Callable, Iterable, Iterator

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


def read_file(
    *, channel: SalesChannel, name: str, content: bytes, by: Actor, is_whole: bool = False
) -> SalesFile:
    """Keep what a file says, line by line.

    Raises ``FileTooLargeError``, and ``FileRefusedError`` for what cannot be read at all: then nothing is kept.
    """
    require_file_size(len(content))
    with transaction.atomic():
        kept, mapping, rows = _open(channel, content, by)
        file = SalesFile.objects.create(
            channel=channel,
            mapping=kept,
            name=file_name_of(name),
            digest=digest_of(content),
            is_whole=is_whole,
            user_id=by.user_id,
            api_key_id=by.api_key_id,
        )
        _write_lines(file, LineReader(channel, mapping).read(rows))
    return file


def read_again(
    file: SalesFile, *, by: Actor, tell: Callable[[int], None] = lambda _rows: None
) -> models.FileMapping:
    """Read the content of a file that was uploaded, in the place of what was read before; returns by which mapping.

    That is the one which its sender has named, or else the channel's newest. ``tell`` hears how many rows are through. Needs a transaction. Raises ``FileRefusedError``.
    """
    file.lines.all().delete()
    kept, mapping, rows = _open(
        file.channel, bytes(file.content or b""), by, named=file.named_mapping
    )
    _write_lines(file, LineReader(file.channel, mapping).read(_counted(rows, tell)))
    return kept


def _open(
    channel: SalesChannel, content: bytes, by: Actor, named: models.FileMapping | None = None
) -> tuple[models.FileMapping, FileMapping, Iterator[FileRow]]:
    own = named or channel.file_mappings.order_by("-version").first()
    mapping, rows = open_rows(
        content, ready_for if own is None else _only(FileMapping.of(own.content))
    )
    kept = own or models.FileMapping.objects.create(
        channel=channel,
        version=1,
        content=mapping.content,
        user_id=by.user_id,
        reason="Recognized by its headings.",
    )
    return kept, mapping, rows


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
