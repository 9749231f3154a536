"""The kinds of alerts: one module each, with its statement beside it, and one line in this table.

How to add one: CONTRIBUTING.md, "Add an alert kind".
"""

from collections.abc import Mapping
from typing import Protocol

from alerts.enums import Kind
from alerts.kinds.base import AlertKind, Cadence
from alerts.kinds.delivery_failing import DeliveryFailing
from alerts.kinds.ledger_difference import LedgerDifference
from alerts.kinds.low_stock import LowStock
from alerts.kinds.oversell_risk import OversellRisk
from alerts.kinds.payment_overdue import PaymentOverdue
from alerts.kinds.sell_through_gap import SellThroughGap
from alerts.kinds.sync_conflict import SyncConflict
from alerts.kinds.sync_overdue import SyncOverdue
from alerts.kinds.transfer_waiting import TransferWaiting
from alerts.kinds.velocity import UnusualVelocity

# In the order in which people read them.
KINDS: Mapping[Kind, AlertKind] = {
    entry.kind: entry
    for entry in (
        LowStock(),
        OversellRisk(),
        UnusualVelocity(),
        SellThroughGap(),
        TransferWaiting(),
        SyncOverdue(),
        SyncConflict(),
        PaymentOverdue(),
        DeliveryFailing(),
        LedgerDifference(),
    )
}
# An event may have rules of its own for these.
OF_STOCK = tuple(kind for kind, entry in KINDS.items() if entry.is_of_stock)
# The partner of the channel may be told of these.
FOR_PARTNERS = tuple(kind for kind, entry in KINDS.items() if entry.is_for_partners)


class _OfAKind(Protocol):
    kind: str


def kind_of(subject: _OfAKind) -> AlertKind:
    """That of an alert, or of a rule."""
    return KINDS[Kind(subject.kind)]


def with_cadence(cadence: Cadence) -> list[AlertKind]:
    return [entry for entry in KINDS.values() if entry.cadence is cadence]


def kinds_with(field: str) -> tuple[Kind, ...]:
    """Those whose rules have this field."""
    return tuple(kind for kind, entry in KINDS.items() if field in entry.fields)
