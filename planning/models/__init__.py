"""What planning keeps: calendars, scheduled reports, and runs of what-if."""

from planning.models.feeds import CalendarFeed
from planning.models.reports import ReportRun, ReportSchedule
from planning.models.views import SavedView
from planning.models.whatif import WhatIfChunk, WhatIfRun

__all__ = ("CalendarFeed", "ReportRun", "ReportSchedule", "SavedView", "WhatIfChunk", "WhatIfRun")
