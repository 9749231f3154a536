"""Which moments an event, a window or a term may name.

A year 1 or 9999 is a slip of the pen. Stored, it would fail whoever reckons with it: a day or a
time zone further there is no date any more.
"""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
OUTSIDE = _("A date lies between %(earliest)s and %(latest)s, UTC.")
BOUNDS = {"earliest": f"{EARLIEST:%Y-%m-%d}", "latest": f"{LATEST:%Y-%m-%d}"}


def is_storable(moment: datetime) -> bool:
    return EARLIEST <= moment <= LATEST


def validate_moment(moment: datetime) -> None:
    if not is_storable(moment):
        raise ValidationError(OUTSIDE, params=BOUNDS)


def within_a_century(*fields: str) -> Q:
    """The condition of a constraint on fields of which each may also be unset."""
    condition = Q()
    for field in fields:
        condition &= Q(**{field: None}) | Q(**{f"{field}__range": (EARLIEST, LATEST)})
    return condition
