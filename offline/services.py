"""What programs and pages ask of late sales: leases, and what channels report."""

from offline.leases import LONGEST_NAME, LeaseJson, LeaseOrder
from offline.leases import extend as extend_lease
from offline.leases import hand_back as hand_back_lease
from offline.leases import present as present_lease
from offline.leases import take as take_lease
from offline.reports import (
    MAX_REPORTS,
    Fault,
    ReturnReport,
    SaleReport,
    SyncJson,
    SyncNoteJson,
)
from offline.sync import sync
from sales.orders import MAX_PER_LINE, OrderLine

__all__ = (
    "LONGEST_NAME",
    "MAX_PER_LINE",
    "MAX_REPORTS",
    "Fault",
    "LeaseJson",
    "LeaseOrder",
    "OrderLine",
    "ReturnReport",
    "SaleReport",
    "SyncJson",
    "SyncNoteJson",
    "extend_lease",
    "hand_back_lease",
    "present_lease",
    "sync",
    "take_lease",
)
