"""What alerts keep, and for how long."""

from datetime import datetime, timedelta

from django.db import connection

from alerts.models.pace import KEPT

# An alert and its messages explain a season; what was sent longer ago is in mailboxes.
DELIVERIES_KEPT = timedelta(days=90)
STATEMENTS = (
    "DELETE FROM alerts_paceslot WHERE slot < %(slots)s",
    """
    DELETE FROM alerts_stockpace p
     WHERE NOT EXISTS (SELECT FROM allocations_stock s WHERE s.id = p.stock_id)
    """,
    "DELETE FROM alerts_pacehistory WHERE quarter < %(slots)s",
    "DELETE FROM alerts_delivery WHERE ended_at < %(deliveries)s",
    """
    DELETE FROM alerts_mailing m
     WHERE created_at < %(deliveries)s
       AND NOT EXISTS (SELECT FROM alerts_delivery d WHERE d.mailing_id = m.id)
    """,
)


def forget_old(now: datetime) -> int:
    """Drop what is older; returns how many rows."""
    total = 0
    values = {"slots": now - KEPT, "deliveries": now - DELIVERIES_KEPT}
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, values)
            total += cursor.rowcount
    return total
