"""What the approval window remembers, and for how long."""

from datetime import datetime, timedelta

from transfers.models import FormerStart, UnapprovedTaking
from transfers.models.policy import LONGEST_HOURS

# No approval window is longer: what was taken before asks for no approval of another date.
TAKINGS_KEPT = timedelta(hours=LONGEST_HOURS)


def forget_old(now: datetime) -> int:
    """Drop takings that no window reaches, and former starts that have passed; returns how many rows."""
    takings, _ = UnapprovedTaking.objects.filter(at__lt=now - TAKINGS_KEPT).delete()
    starts, _ = FormerStart.objects.filter(starts_at__lte=now).delete()
    return takings + starts
