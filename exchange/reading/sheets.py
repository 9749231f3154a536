"""The sheets of a file: which table each holds, its header, and its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from exchange.base import Row, Table
from exchange.cell_types import Raw, excerpt, plain
from exchange.enums import FileKind
from exchange.errors import FileRefusedError
from exchange.models import MAX_ROWS
from exchange.reading import csv_file, xlsx_file
from exchange.reports import REPORTS
from exchange.tables import TABLES

TAKEN_FOR = (
    "By its columns the file was taken for one of {table}. If it holds something else, say which "
    "table when you upload it."
)


class Problem(NamedTuple):
    """Where something is wrong, and what. ``row`` 0: the sheet as a whole."""

    sheet: str
    row: int
    column: str
    message: str


@dataclass(slots=True)
class Sheet:
    table: Table
    title: str
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_file(content: bytes, kind: FileKind, table: str = "") -> list[Sheet]:
    """The sheets in the order in which they rest on one another.

    ``table`` says what a CSV file holds; empty, its columns tell. Raises ``FileRefusedError``
    for what is no such file, has no sheet of ours, or more rows than one file may have.
    """
    sheets: list[Sheet] = []
    left = MAX_ROWS
    for title, lines in _sources(content, kind):
        chosen = table if kind == FileKind.CSV else title
        sheet = _read_sheet(title, lines, chosen, left)
        if any(sheet.table is other.table for other in sheets):
            raise FileRefusedError(f"Two sheets are called {sheet.table.name}.")
        left -= len(sheet.rows)
        sheets.append(sheet)
    order = list(TABLES)
    sheets.sort(key=lambda sheet: order.index(sheet.table.name))
    if not any(sheet.rows or sheet.problems for sheet in sheets):
        raise FileRefusedError("The file has no rows below its header.")
    return sheets


def _sources(content: bytes, kind: FileKind) -> Iterable[tuple[str, xlsx_file.Lines]]:
    if kind == FileKind.CSV:
        return [("CSV", csv_file.lines(content))]
    return xlsx_file.sheets(content, known=TABLES)


def _read_sheet(title: str, lines: xlsx_file.Lines, chosen: str, left: int) -> Sheet:
    header: list[str] | None = None
    sheet: Sheet | None = None
    for number, cells, wrong in lines:
        texts = [plain(cell) if cell is not None else "" for cell in cells]
        if not any(texts) and not wrong:
            continue
        if header is None or sheet is None:
            header = [text.lower() for text in texts]
            while header and not header[-1]:
                header.pop()
            table = _table(chosen, header, title)
            sheet = Sheet(table, table.name if title == "CSV" else title)
            sheet.problems += _check_header(sheet, number, header)
            if sheet.problems and chosen not in TABLES:
                sheet.problems.append(
                    Problem(sheet.title, number, "", TAKEN_FOR.format(table=table.name))
                )
            if sheet.problems:
                return sheet
            continue
        if len(sheet.rows) >= left:
            raise FileRefusedError(
                f"The file has more than {MAX_ROWS} rows; import it in parts.", maximum=MAX_ROWS
            )
        sheet.rows.append(_row(sheet, number, header, cells, wrong))
    if sheet is None:
        raise FileRefusedError(f"The sheet {excerpt(title)} is empty: its first row names columns.")
    return sheet


def _table(chosen: str, header: Sequence[str], title: str) -> Table:
    if chosen in TABLES:
        return TABLES[chosen]
    names = {name for name in header if name}
    for report in REPORTS:
        if names == {name for name, _path in report.columns}:
            raise FileRefusedError(
                f"{excerpt(title)} is an export of {report.title.lower()}, which is to be read only: "
                "an import does not change it."
            )
    # Some of its columns may be misspelled; most of them have to be ours.
    fitting = [
        table
        for table in TABLES.values()
        if table.required <= names and len(names - set(table.names)) * 2 < len(names)
    ]
    if not fitting:
        known = "; ".join(
            f"{table.name}: {', '.join(name for name in table.names if name in table.required)}"
            for table in TABLES.values()
        )
        raise FileRefusedError(
            f"The columns of {excerpt(title)} match no table. Each needs at least – {known}."
        )
    return min(
        fitting, key=lambda table: (len(names - set(table.names)), -len(table.required & names))
    )


def _check_header(sheet: Sheet, number: int, header: Sequence[str]) -> list[Problem]:
    table = sheet.table
    known = ", ".join(table.names)
    named = sorted({name for name in header if name})
    complaints = [(name, "Two columns have this name.") for name in named if header.count(name) > 1]
    complaints += [
        (
            excerpt(name).strip("“”"),
            f"There is no column {excerpt(name)} in {table.name}. There are: {known}.",
        )
        for name in named
        if name not in table.names
    ]
    complaints += [
        (name, "The column is missing.") for name in sorted(table.required - set(header))
    ]
    if "" in header:
        complaints.append(("", f"Column {header.index('') + 1} has no name."))
    return [Problem(sheet.title, number, name, message) for name, message in complaints]


def _row(
    sheet: Sheet,
    number: int,
    header: Sequence[str],
    cells: Sequence[Raw],
    wrong: Sequence[tuple[int, str]],
) -> Row:
    bad = dict(wrong)
    for place, message in bad.items():
        name = header[place] if place < len(header) else ""
        sheet.problems.append(Problem(sheet.title, number, name, message))
    beyond = next((cell for cell in cells[len(header) :] if cell is not None and plain(cell)), None)
    if beyond is not None:
        message = f"{excerpt(beyond)} stands beyond the last column of the header."
        sheet.problems.append(Problem(sheet.title, number, "", message))
    return Row(
        number,
        {
            name: cell
            for place, (name, cell) in enumerate(zip(header, cells, strict=False))
            if place not in bad
        }
        | dict.fromkeys(header[len(cells) :]),
        bool(bad),
    )
