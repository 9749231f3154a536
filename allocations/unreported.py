"""What channels that report late may have sold since their last report: read beside the ledger, never added to it.

The estimates are written by ``offline/unreported.py``. Whatever rests on them takes the cautious end: ``at_risk`` where the
question is what is free, ``high`` where it is what is sold.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _
from typing_extensions import TypedDict

from allocations.models import UnreportedSales
from common.clock import utc
from common.json_types import Count, Moment
from common.text import minute, number


class UnreportedJson(TypedDict):
    """What the channel may have sold since its last report, estimated from its own pace: in no other number.

    Null where the past is too short to estimate it.
    """

    about: Count | None
    low: Count | None
    high: Count | None
    """With 95 % it is between `low` and `high`."""
    utc_reported_at: Moment
    """When it reported last."""
    utc_estimated_at: Moment
    """Since when this is the estimate."""


@dataclass(frozen=True, slots=True)
class Unreported:
    """Of one stock row. ``about``, ``low`` and ``high`` are nothing where the past is too short to estimate them."""

    about: int | None
    low: int | None
    high: int | None
    at_risk: int
    reported_at: datetime
    estimated_at: datetime

    @classmethod
    def of(cls, row: UnreportedSales) -> Self:
        return cls(row.about, row.low, row.high, row.at_risk, row.reported_at, row.estimated_at)

    @classmethod
    def of_json(cls, row: Mapping[str, Any]) -> Self:
        """Of a row as PostgreSQL writes it."""
        reported_at, estimated_at = (
            datetime.fromisoformat(row[name]) for name in ("reported_at", "estimated_at")
        )
        about, low, high, at_risk = (row[name] for name in ("about", "low", "high", "at_risk"))
        return cls(about, low, high, at_risk, reported_at, estimated_at)

    def to_json(self) -> UnreportedJson:
        return {
            "about": self.about,
            "low": self.low,
            "high": self.high,
            "utc_reported_at": utc(self.reported_at),
            "utc_estimated_at": utc(self.estimated_at),
        }

    def in_words(self, reported: int, zone: ZoneInfo) -> str:
        """``412 reported at 18:00, about 430 now (421 to 443)``: what is reported and what is estimated stand apart."""
        words = _("%(reported)s reported at %(at)s") % {
            "reported": number(reported),
            "at": minute(self.reported_at, zone),
        }
        if self.about is None or self.low is None or self.high is None:
            return _("%s; too few reports to estimate what is sold since") % words
        return _("%(told)s, about %(about)s now (%(low)s to %(high)s)") % {
            "told": words,
            "about": number(reported + self.about),
            "low": number(reported + self.low),
            "high": number(reported + self.high),
        }


def unreported_of(stock_ids: Iterable[int]) -> dict[int, Unreported]:
    """Stock row → what is estimated of it; without those of channels that report at once, or never have."""
    rows = UnreportedSales.objects.filter(stock__in=list(stock_ids))
    return {row.stock_id: Unreported.of(row) for row in rows}


# In the order of the rows, as whoever estimates anew takes them. The next parts of a large report find nothing to do;
# times nothing, what is not known stays so.
_REPORTED = """
WITH own AS MATERIALIZED (
    SELECT stock_id FROM allocations_unreportedsales
     WHERE channel_id = %s AND stock_id <> ALL (%s) AND (high > 0 OR reported_at < statement_timestamp() - interval '1 minute')
     ORDER BY stock_id FOR UPDATE
)
UPDATE allocations_unreportedsales u
   SET about = u.about * 0, low = u.low * 0, high = u.high * 0, at_risk = 0,
       reported_at = statement_timestamp(), estimated_at = statement_timestamp()
  FROM own WHERE own.stock_id = u.stock_id
"""


def note_report(channel_id: int, left: Collection[int] = ()) -> None:
    """Nothing of the channel is unreported at this moment: in the transaction of its report, one statement.

    What could not be estimated stays so. ``left`` are stock rows of which something was left for a later report.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REPORTED, [channel_id, sorted(left)])
