from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class RunState(TextChoices):
    WAITING = "WAITING", _("Waiting for a worker")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    CANCELLED = "CANCELLED", _("Cancelled")
    FAILED = "FAILED", _("Failed")


# What a worker takes up.
UNFINISHED = (RunState.WAITING, RunState.RUNNING)


class DemandKind(TextChoices):
    OWN = "OWN", _("This event’s own sales so far")
    EVENT = "EVENT", _("The sales of a past event")
    FILE = "FILE", _("A file of past sales")
    CURVE = "CURVE", _("A curve")


class ReportName(TextChoices):
    SALES = "sales", _("Sales")
    PACE = "pace", _("Pace")
    SELL_THROUGH = "sell-through", _("Sell-through")
    TRANSFERS = "transfers", _("Transfers")
    REFUNDS = "refunds", _("Refunds")
    TURNED_AWAY = "turned-away", _("Turned away")
    HELD = "held", _("Held")


class Period(TextChoices):
    """Which days a scheduled report is about, counted from the day on which it is due."""

    YESTERDAY = "YESTERDAY", _("The day before")
    WEEK = "WEEK", _("The 7 days before")
    MONTH = "MONTH", _("The calendar month before")
    THIRTY = "THIRTY", _("The 30 days before")
    COMING = "COMING", _("The day itself and the 30 days after")


class Frequency(TextChoices):
    DAILY = "DAILY", _("Every day")
    WEEKLY = "WEEKLY", _("Every week")
    MONTHLY = "MONTHLY", _("Every month")


class Weekday(IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Attached(TextChoices):
    """Beside the table in the mail."""

    XLSX = "XLSX", _("An Excel workbook")
    CSV = "CSV", _("A CSV file")
    NONE = "NONE", _("Only the link to the page")
