"""A transfer's story: its steps, and the numbers that it was asked for and ended with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import DocumentKind, StockKind
from allocations.models import Stock
from backoffice.kit.links import page_url
from backoffice.kit.panels import Panel
from backoffice.kit.rows import key_link, movements_of, name_of
from backoffice.transfers.comparison import SOURCE, TARGET, look, share
from common.text import local_time
from transfers.enums import TransferStatus
from transfers.models import Transfer, TransferStep
from transfers.selectors import SEE

ICONS = {
    TransferStatus.REQUESTED: "front_hand",
    TransferStatus.APPROVED: "task_alt",
    TransferStatus.EXECUTED: "check_circle",
    TransferStatus.REJECTED: "block",
    TransferStatus.CANCELLED: "undo",
    TransferStatus.LAPSED: "hourglass_disabled",
    TransferStatus.FAILED: "error",
    TransferStatus.TRIAL: "science",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """Both sides at one moment of the story."""

    title: str
    hours: str
    sides: tuple["SideThen", "SideThen"]


@dataclass(frozen=True, slots=True)
class SideThen:
    name: str
    quantity: int
    quantity_after: int
    free: int
    free_after: int
    sold: int
    held: int
    sell_through: str
    sell_through_after: str
    perhaps_sold: str


class StoryPanel(Panel):
    tab = False
    slug = "story"
    title = _("What happened")
    template = "admin/transfers/story.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        transfer: Transfer = self.subject
        zone = transfer.event.venue.zone
        comparison = None
        if transfer.status == TransferStatus.REQUESTED:
            comparison = look([transfer], timezone.now())[transfer.pk]
        return {
            "steps": [
                {
                    "icon": ICONS[TransferStatus(step.status)],
                    "step": step,
                    "at": local_time(step.at, zone),
                    "who": _who(step, transfer),
                }
                for step in transfer.steps.select_related("user").order_by("pk")
            ],
            "moments": list(_moments(transfer)),
            "look": comparison,
            "picture": comparison.picture if comparison else None,
            "movements": movements_of(document_kind=DocumentKind.TRANSFER, document_id=transfer.pk)
            if transfer.moved and self.may("allocations.view_movement")
            else None,
            "rule": self._rule(),
        }

    def _rule(self) -> dict[str, Any] | None:
        transfer: Transfer = self.subject
        if transfer.rule is None:
            return None
        now_is = transfer.rule.version
        return {
            "rule": transfer.rule,
            "url": page_url(transfer.rule),
            "version": transfer.rule_version,
            "changed": transfer.rule_version != now_is,
        }


def _who(step: TransferStep, transfer: Transfer) -> Any:
    if step.user is not None:
        return step.user
    if step.api_key_id is not None:
        return key_link(step.api_key_id)
    if step.status in (TransferStatus.REQUESTED, TransferStatus.TRIAL) and transfer.rule:
        return _t("Rule “%s”") % transfer.rule
    return _t("System")


def _moments(transfer: Transfer) -> Iterable[Moment]:
    for title, evidence in (
        (_t("When it was asked for → after the move"), transfer.evidence),
        (_t("When it ended"), transfer.outcome),
    ):
        if SOURCE in evidence and TARGET in evidence:
            yield Moment(
                title,
                _hours(evidence.get("hours_to_start")),
                (
                    _side(transfer.source, evidence[SOURCE]),
                    _side(transfer.target, evidence[TARGET]),
                ),
            )


def _hours(hours: float | None) -> str:
    if hours is None:
        return ""
    if hours < 0:
        return _t("%.1f hours after the start") % -hours
    return _t("%.1f hours before the start") % hours


def _side(row: Stock, numbers: Mapping[str, Any]) -> SideThen:
    """The numbers that were kept, and what they come to afterwards."""
    after = Stock(
        kind=row.kind,
        quantity=numbers["quantity_after"],
        held=numbers["held"],
        sold=numbers["sold"],
        drawn=numbers["drawn"],
    )
    return SideThen(
        name=name_of(row),
        quantity=numbers["quantity"],
        quantity_after=after.quantity,
        free=numbers["free"],
        free_after=after.free,
        sold=numbers["sold"],
        held=numbers["held"],
        sell_through=share(numbers["sell_through"]),
        sell_through_after=share(after.sell_through if row.kind == StockKind.CHANNEL else None),
        perhaps_sold=_perhaps_sold(numbers.get("unreported")),
    )


def _perhaps_sold(unreported: Mapping[str, int | None] | None) -> str:
    """Beside what a channel that reports late had sold by its reports."""
    if unreported is None:
        return ""
    if unreported["high"] is None:
        return _t("and nobody can tell how many since its last report")
    return _t("and about %(about)s, at most %(high)s, not reported") % unreported
