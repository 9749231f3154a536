"""What a partner is told of transfers: its own numbers, and no other channel's name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from allocations.enums import StockKind
from allocations.models import PlanLine, Stock
from common import text
from transfers.enums import Origin, TransferStatus
from transfers.models import Transfer


@dataclass(frozen=True, slots=True)
class Partner:
    """A channel, and the named open rows that are its own business: (pool, name) of each.

    ``is_venue``: a person of the venue reads what the channel is told, and why it waits as well.
    """

    channel_id: int
    shared: frozenset[tuple[int, str]]
    is_venue: bool = False

    def names(self, row: Stock) -> str:
        """Another stock row, in words that tell no other channel's name."""
        if row.kind == StockKind.CHANNEL and row.channel is not None:
            kind = str(row.channel.get_kind_display())
            return _("another sales channel (%s)") % kind
        if not row.name:
            return _("the open stock")
        if (row.pool_id, row.name) in self.shared:
            return _("the shared stock “%s”") % row.name
        return _("the shared stock of other channels")

    def is_source(self, transfer: Transfer) -> bool:
        return transfer.source.channel_id == self.channel_id

    def asked(self, transfer: Transfer) -> bool:
        return self.is_venue or transfer.asking_channel_id == self.channel_id

    def counterpart(self, transfer: Transfer) -> str:
        return self.names(transfer.target if self.is_source(transfer) else transfer.source)

    def reason(self, transfer: Transfer) -> str:
        """As somebody wrote it; what the system writes by itself names both channels."""
        match transfer.origin:
            case Origin.RULE:
                why = _("A rule of the venue moves unsold units to where they sell.")
            case Origin.DYNAMIC:
                why = _("Unsold units of dynamic parts go where they are expected to sell.")
            case Origin.BUFFER:
                return self._of_buffer(transfer)
            case _other:
                return transfer.reason
        share = self.numbers(transfer, transfer.evidence).get("sell_through")
        if share is None:
            return why
        return _("%(why)s You had sold %(share)s %% of your part.") % {"why": why, "share": share}

    def _of_buffer(self, transfer: Transfer) -> str:
        """The channel's own numbers; how much there is of what all share is the venue's business."""
        numbers: Mapping[str, int] = transfer.evidence.get("buffer", {})
        if self.is_source(transfer):
            why = _("Units of your safety buffer that you do not need go back.")
        else:
            why = _("Set aside as your safety buffer, for what you sell before your next sync.")
        if not numbers.get("needed"):
            return why
        return _("%(why)s You need %(needed)s.") % {
            "why": why,
            "needed": text.number(numbers["needed"]),
        }

    def note(self, transfer: Transfer) -> str:
        """What was said to a request, to who has asked; of others it is the venue's own business."""
        return transfer.note if self.asked(transfer) else ""

    def failure(self, transfer: Transfer) -> str:
        if transfer.status != TransferStatus.FAILED:
            return ""
        if not self.is_source(transfer):
            return _(
                "So many units were not free to be given to you when it was to be carried out, or "
                "your ceiling allows fewer."
            )
        own = self.numbers(transfer, transfer.outcome)
        return _(
            "%(free)s of yours were free when it was to be carried out, not %(units)s: %(sold)s were "
            "sold, %(held)s held."
        ) % {
            "units": text.number(transfer.units),
            **{name: text.number(own.get(name, 0)) for name in ("free", "sold", "held")},
        }

    def numbers(self, transfer: Transfer, evidence: Mapping[str, Any]) -> Mapping[str, Any]:
        """The channel's own side of what was written down; empty if nothing was."""
        numbers: Mapping[str, Any] = evidence.get(
            "source" if self.is_source(transfer) else "target", {}
        )
        return numbers


def partner_of(channel_id: int, pools: Iterable[int], *, is_venue: bool = False) -> Partner:
    """The channel as it is told of what happens in these pools, in one statement."""
    pools = list(pools)
    drawn = Stock.objects.filter(pool__in=pools, channel=channel_id, draws_on__isnull=False)
    planned = PlanLine.objects.filter(
        plan__pool__in=pools, plan__version__isnull=False, channel=channel_id, group__isnull=False
    )
    # Now, or by a version of a plan that was in force some time.
    shared = (
        drawn.order_by()
        .values_list("pool", "draws_on__name")
        .union(planned.order_by().values_list("plan__pool", "group__name"))
    )
    return Partner(channel_id, frozenset(shared), is_venue)
