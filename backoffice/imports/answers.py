"""Sheets as downloads."""

from collections.abc import Iterable

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from common.sheets import Sheet, csv_lines, workbook
from exchange.enums import FileKind

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(name: str, sheets: Iterable[Sheet], kind: FileKind) -> HttpResponseBase:
    """A file of one sheet as CSV, of one or more as XLSX. It is not kept by anybody between."""
    stem = f"{name}-{timezone.localdate():%Y-%m-%d}"
    answer: HttpResponseBase
    if kind == FileKind.CSV:
        [sheet] = sheets
        answer = StreamingHttpResponse(csv_lines(sheet), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{stem}.csv"'
    else:
        answer = FileResponse(
            workbook(sheets),
            as_attachment=True,
            filename=f"{stem}.xlsx",
            content_type=XLSX_TYPE,
        )
    answer["Cache-Control"] = "no-store"
    return answer
