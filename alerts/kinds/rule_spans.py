"""Minutes that a rule sets, in words."""

from decimal import Decimal

from alerts.quantities import span
from transfers.words import minutes


def rule_span(limit: Decimal) -> str:
    return minutes(int(limit)) if limit == int(limit) else span(float(limit))
