"""Files as people make them, and what becomes of them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.models import User
from allocations.models import AllocationPlan
from allocations.plans.selectors import plan_in_force
from exchange import services
from exchange.enums import RunState
from exchange.models import ImportRun
from exchange.work import work
from tests.exchange.conftest import LOCAL
from tests.factories import Stage

Rows = Sequence[Mapping[str, Any]]


def csv_bytes(rows: Rows, delimiter: str = ",") -> bytes:
    """Of rows that name the same columns."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def xlsx_bytes(sheets: Mapping[str, Rows]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        page.append(list(rows[0]))
        for row in rows:
            page.append(list(row.values()))
    return saved(book)


def saved(book: Any) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload(user: User, content: bytes, name: str = "season.csv", table: str = "") -> ImportRun:
    with transaction.atomic():
        return services.upload_file(file=SimpleUploadedFile(name, content), table=table, user=user)


def check(user: User, content: bytes, name: str = "season.csv", table: str = "") -> ImportRun:
    """Uploaded and dry run."""
    run = upload(user, content, name, table)
    assert work() == 1
    run.refresh_from_db()
    return run


def check_rows(user: User, table: str, *rows: Mapping[str, Any]) -> ImportRun:
    return check(user, xlsx_bytes({table: rows}), "season.xlsx")


def confirm(run: ImportRun, reason: str = "New season", user: User | None = None) -> ImportRun:
    """Confirmed, by the uploader if nobody else is named, and imported by a worker."""
    with transaction.atomic():
        services.confirm_import(run_id=run.pk, reason=reason, user=user or run.uploaded_by)
    assert work() == 1
    run.refresh_from_db()
    return run


def imported(user: User, content: bytes, name: str = "season.csv") -> ImportRun:
    """All the way; a file with problems fails."""
    run = check(user, content, name)
    assert run.problems == [], run.problems
    run = confirm(run)
    assert run.state == RunState.DONE, (run.message, run.problems)
    return run


def problems(run: ImportRun) -> list[tuple[int, str, str]]:
    """Row, column and sentence of each."""
    assert run.state == RunState.REJECTED, (run.state, run.message)
    return [(row, column, message) for _sheet, row, column, message in run.problems]


def rows_for(stage: Stage, *rows: dict[str, Any], pool: str = "GA") -> list[dict[str, Any]]:
    """Plan rows of a pool; columns that no row names are left out."""
    key = {
        "venue": stage.event.venue.slug,
        "event": "Gala",
        "starts_at": LOCAL,
        "pool": pool,
        "channel": None,
        "group": None,
    }
    named = dict.fromkeys(column for row in rows for column in row)
    return [{**key, **dict.fromkeys(named), **row} for row in rows]


def file_of(rows: list[dict[str, Any]]) -> bytes:
    return xlsx_bytes({"plans": rows})


def in_force(stage: Stage, pool: str = "GA") -> AllocationPlan:
    plan = plan_in_force(stage.pools[pool])
    assert plan is not None
    return plan
