from offline.models.buffer import BufferWatch
from offline.models.files import FileLine, FileMapping, SalesFile
from offline.models.late import (
    LONGEST_CLIENT_ID,
    Conflict,
    ConflictLine,
    Report,
    ReportedUnits,
    Sync,
)

__all__ = (
    "LONGEST_CLIENT_ID",
    "BufferWatch",
    "Conflict",
    "ConflictLine",
    "FileLine",
    "FileMapping",
    "Report",
    "ReportedUnits",
    "SalesFile",
    "Sync",
)
