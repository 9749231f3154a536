"""Returns that came before their sales: in another call, or cut off from them.

Such a return cannot be read when it comes, and is kept as a conflict. The channel's next sync after which its sale is
known does it, with the other returns of that call.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.db.models.fields.json import KeyTextTransform

from offline import conflicts
from offline.enums import ConflictStatus, Outcome, ReportKind, Resolution
from offline.models import Conflict, Report
from offline.reports import MAX_REPORTS, ReturnReport, Verdict

UNKNOWN_SALE = "UNKNOWN_SALE"
REASON = "Its sale was reported later."


@dataclass(frozen=True, slots=True)
class EarlyReturn:
    """A return of before as it is decided now, and the conflict that it has been since."""

    conflict: Conflict
    verdict: Verdict
    report: ReturnReport


def find(channel_id: int) -> list[EarlyReturn]:
    """Those whose sales are known by now. Their conflicts are the caller's to lock."""
    sales = Report.objects.filter(
        channel=channel_id, kind=ReportKind.SALE, client_id=OuterRef("sale")
    )
    unknown = (
        Conflict.objects.filter(channel=channel_id, status=ConflictStatus.OPEN, code=UNKNOWN_SALE)
        .annotate(sale=KeyTextTransform("sale", "report__said"))
        .filter(Exists(sales))
        .select_related("report")
        .order_by("pk")
    )
    return [_early(conflict) for conflict in unknown[:MAX_REPORTS]]


def _early(conflict: Conflict) -> EarlyReturn:
    said = conflict.report.said
    tickets: dict[int, int] | None = None
    if "lines" in said:
        tickets = {}
        for line in said["lines"]:
            tickets[line["item"]] = tickets.get(line["item"], 0) + line["quantity"]
    report = ReturnReport(
        client_id=conflict.report.client_id,
        said=said,
        said_at=conflict.report.said_at,
        notes=conflict.report.notes,
        sale_client_id=said["sale"],
        tickets=tickets,
        reason=said.get("reason", ""),
    )
    verdict = Verdict(ReportKind.RETURN, report)
    verdict.report_id = conflict.report_id
    verdict.written = Outcome.UNREADABLE, None, list(report.notes)
    return EarlyReturn(conflict, verdict, report)


def still_open(early: Iterable[EarlyReturn], locked: Mapping[int, Conflict]) -> list[EarlyReturn]:
    """Those that nobody has resolved before they were locked."""
    return [
        EarlyReturn(locked[early_return.conflict.pk], early_return.verdict, early_return.report)
        for early_return in early
        if locked[early_return.conflict.pk].status == ConflictStatus.OPEN
    ]


def complete(early: Iterable[EarlyReturn], now: datetime) -> None:
    """End the conflicts of those that were done; of the others say why not, now that the sale is known."""
    changed = []
    for early_return in early:
        conflict, problem = early_return.conflict, early_return.verdict.problem
        conflict.event_id = early_return.verdict.event_id
        if problem is None:
            conflicts.end(conflict, Resolution.RETURNED, REASON, now)
        else:
            conflict.code, conflict.detail = problem["code"], problem["detail"]
        changed.append(conflict)
    conflicts.save_all(changed)
