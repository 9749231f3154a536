from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a rule watches for. Everything else of a kind stands in its module in ``alerts/kinds/``."""

    LOW_STOCK = "LOW_STOCK", _("Low stock")
    OVERSELL_RISK = "OVERSELL_RISK", _("Oversell risk")
    VELOCITY = "VELOCITY", _("Unusual velocity")
    SELL_THROUGH_GAP = "SELL_THROUGH_GAP", _("Sell-through gap")
    TRANSFER_WAITING = "TRANSFER_WAITING", _("Transfer waiting")
    SYNC_OVERDUE = "SYNC_OVERDUE", _("Sync overdue")
    SYNC_CONFLICT = "SYNC_CONFLICT", _("Sync conflict")
    PAYMENT_OVERDUE = "PAYMENT_OVERDUE", _("Payment overdue")
    DELIVERY_FAILING = "DELIVERY_FAILING", _("Delivery failing")
    LEDGER_DIFFERENCE = "LEDGER_DIFFERENCE", _("Ledger difference")


class Severity(TextChoices):
    INFO = "INFO", _("Low")  # gathered in a digest
    WARNING = "WARNING", _("Medium")
    CRITICAL = "CRITICAL", _("High")  # said in quiet hours too


class Per(TextChoices):
    """Of what low stock is counted."""

    CHANNEL = "CHANNEL", _("What a channel can sell of a pool")
    POOL = "POOL", _("What is free of a pool")
    ITEM = "ITEM", _("What is left of an item")


class Unit(TextChoices):
    UNITS = "UNITS", _("Units")
    PERCENT = "PERCENT", _("Percent")


class Measure(TextChoices):
    """In what ``seen``, ``latest`` and ``threshold`` of an alert are counted."""

    UNITS = "UNITS"
    ITEMS = "ITEMS"
    PERCENT = "PERCENT"
    MINUTES = "MINUTES"
    DAYS = "DAYS"
    FAILURES = "FAILURES"
    ROWS = "ROWS"
    CONFLICTS = "CONFLICTS"


class Pace(TextChoices):
    """Which unusual velocity is told of."""

    BOTH = "BOTH", _("Faster or slower")
    FASTER = "FASTER", _("Faster")
    SLOWER = "SLOWER", _("Slower")


class AlertStatus(TextChoices):
    OPEN = "OPEN", _("Open")
    ACKNOWLEDGED = "ACKNOWLEDGED", _("Acknowledged")
    RESOLVED = "RESOLVED", _("Resolved")


# Every lawful change of status; the trigger alerts_alert_moves holds it in the database.
TRANSITIONS: dict[AlertStatus, frozenset[AlertStatus]] = {
    AlertStatus.OPEN: frozenset({AlertStatus.ACKNOWLEDGED, AlertStatus.RESOLVED}),
    AlertStatus.ACKNOWLEDGED: frozenset({AlertStatus.RESOLVED}),
    AlertStatus.RESOLVED: frozenset(),
}
STANDING = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)


class Step(TextChoices):
    """What has happened to an alert."""

    OPENED = "OPENED", _("Opened")
    ACKNOWLEDGED = "ACKNOWLEDGED", _("Acknowledged")
    ESCALATED = "ESCALATED", _("Escalated")
    RESOLVED = "RESOLVED", _("Resolved")


class Transport(TextChoices):
    """By what a message travels. Everything else of a transport stands in its module in ``alerts/transports/``."""

    EMAIL = "EMAIL", _("E-mail")
    SLACK = "SLACK", _("Slack")
    SMS = "SMS", _("SMS")
    WEBHOOK = "WEBHOOK", _("Webhook")


# By this people are told, each at his or her own address.
TO_PEOPLE = Transport.EMAIL


class Purpose(TextChoices):
    """Why a message is sent."""

    OPENED = "OPENED", _("New alert")
    ESCALATED = "ESCALATED", _("Escalation")
    NOTICE = "NOTICE", _("News of a transfer")
    LETTER = "LETTER", _("Letter of a plan")
    REPORT = "REPORT", _("Report")
    TEST = "TEST", _("Test")


class DeliveryStatus(TextChoices):
    PENDING = "PENDING", _("Pending")
    SENDING = "SENDING", _("Being sent")
    SENT = "SENT", _("Sent")
    FAILED = "FAILED", _("Failed")
    SKIPPED = "SKIPPED", _("Skipped")
