"""What programs and pages ask of late sales: leases, and what channels report, by calls and in files."""

from offline.file_answers import SalesFileJson, WholeSalesFileJson
from offline.file_answers import present as present_file
from offline.file_answers import present_whole as present_whole_file
from offline.files import LARGEST_FILE, FileOrder, digest_of, file_name_of, keep_file, send_file
from offline.files import ask_for as ask_for_step
from offline.files import book_file as book_checked_file
from offline.files import is_possible as is_step_possible
from offline.files import require_size as require_file_size
from offline.files import undo_file as undo_booked_file
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
    Verdict,
)
from offline.sync import sync
from sales.orders import MAX_PER_LINE, OrderLine

__all__ = (
    "LARGEST_FILE",
    "LONGEST_NAME",
    "MAX_PER_LINE",
    "MAX_REPORTS",
    "Fault",
    "FileOrder",
    "LeaseJson",
    "LeaseOrder",
    "OrderLine",
    "ReturnReport",
    "SaleReport",
    "SalesFileJson",
    "SyncJson",
    "SyncNoteJson",
    "Verdict",
    "WholeSalesFileJson",
    "ask_for_step",
    "book_checked_file",
    "digest_of",
    "extend_lease",
    "file_name_of",
    "hand_back_lease",
    "is_step_possible",
    "keep_file",
    "present_file",
    "present_lease",
    "present_whole_file",
    "require_file_size",
    "send_file",
    "sync",
    "take_lease",
    "undo_booked_file",
)
