from offline.models.files import FileLine, FileMapping, SalesFile
from offline.models.late import LONGEST_CLIENT_ID, Conflict, ConflictLine, Report, Sync

__all__ = (
    "LONGEST_CLIENT_ID",
    "Conflict",
    "ConflictLine",
    "FileLine",
    "FileMapping",
    "Report",
    "SalesFile",
    "Sync",
)
