"""What a till has taken: by kind of payment, by item, and what should lie in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from boxoffice.counter.selectors import expected_cash
from boxoffice.enums import MONEY, TAKEN, PaymentKind
from boxoffice.models import Payment, PaymentLine, Shift
from common.text import amount, minute, money

# A till that is open for longer was perhaps left open.
LONG_OPEN = timedelta(hours=16)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Difference:
    """What was counted beside what should be there: a word, a shape and an amount."""

    level: str
    word: str
    text: str


def difference_of(counted: Decimal, expected: Decimal, currency: str) -> Difference:
    gap = counted - expected
    if not gap:
        return Difference("exact", _t("Exact"), "")
    level, word = ("over", _t("Over")) if gap > 0 else ("short", _t("Short"))
    return Difference(level, word, money(abs(gap), currency))


def by_kind(shift: Shift) -> list[dict[str, Any]]:
    """Each kind that was used, with the number of payments, what came in and what was given back."""
    sums = {
        row["kind"]: row
        for row in Payment.objects.order_by()
        .filter(shift=shift, is_late=False)
        .values("kind")
        .annotate(
            count=Count("pk"),
            taken=Sum("amount", filter=Q(amount__gt=0), default=NOTHING),
            back=Sum("amount", filter=Q(amount__lt=0), default=NOTHING),
        )
    }
    return [
        {
            "label": kind.label,
            "count": sums[kind]["count"],
            "taken": amount(sums[kind]["taken"], shift.currency),
            "back": amount(-sums[kind]["back"], shift.currency) if sums[kind]["back"] else "",
            "net": amount(sums[kind]["taken"] + sums[kind]["back"], shift.currency),
        }
        for kind in TAKEN
        if kind in sums
    ]


def by_item(shift: Shift) -> list[dict[str, Any]]:
    """Each item, with its event, the tickets sold and taken back, and their worth; what is not booked yet last."""
    zone = shift.channel.venue.zone
    rows = (
        PaymentLine.objects.order_by()
        .filter(payment__shift=shift)
        .values("item", "item__name", "item__event__name", "item__event__starts_at")
        .annotate(
            sold=Sum("tickets", filter=Q(tickets__gt=0), default=0),
            back=Sum("tickets", filter=Q(tickets__lt=0), default=0),
            worth=Sum("amount"),
        )
        .order_by("item__event__starts_at", "item__event__name", "item__position", "item")
    )
    items = [
        {
            "item": row["item__name"],
            "event": row["item__event__name"],
            "starts": date_format(row["item__event__starts_at"].astimezone(zone), "j M"),
            "sold": row["sold"],
            "back": -row["back"],
            "net": amount(row["worth"], shift.currency),
        }
        for row in rows
    ]
    waiting = Payment.objects.filter(shift=shift, booking=None).aggregate(
        count=Count("pk"), worth=Sum("amount", default=NOTHING)
    )
    if waiting["count"]:
        items.append(
            {
                "item": _t("Sold offline, not booked yet"),
                "event": "",
                "starts": "",
                "sold": "",
                "back": "",
                "net": amount(waiting["worth"], shift.currency),
            }
        )
    return items


def cash_of(shift: Shift) -> dict[str, Any]:
    """The sum of the drawer: float, what came in, what went out, and what was counted."""
    cash = expected_cash(shift)
    sums = Payment.objects.filter(shift=shift, kind=PaymentKind.CASH, is_late=False).aggregate(
        taken=Sum("amount", filter=Q(amount__gt=0), default=NOTHING),
        back=Sum("amount", filter=Q(amount__lt=0), default=NOTHING),
    )
    currency = shift.currency
    return {
        "float": amount(shift.opening_float, currency),
        "taken": amount(sums["taken"], currency),
        "back": amount(-sums["back"], currency) if sums["back"] else "",
        "expected": money(cash.expected, currency),
        "counted": "" if shift.counted is None else money(shift.counted, currency),
        "difference": None
        if shift.counted is None
        else difference_of(shift.counted, cash.expected, currency),
        "late": money(cash.late, currency) if cash.late else "",
    }


def summary_of(shifts: Sequence[Shift], now: datetime) -> list[dict[str, Any]]:
    """Tills as a list shows them: the money that was taken, and over or short; in two statements however many there are."""
    payments = Payment.objects.order_by().filter(shift__in=[shift.pk for shift in shifts])
    sums: dict[int, dict[str, Any]] = {
        row["shift"]: dict(row)
        for row in payments.values("shift").annotate(
            count=Count("pk"),
            net=Sum("amount", filter=Q(kind__in=MONEY), default=NOTHING),
            cash=Sum("amount", filter=Q(kind=PaymentKind.CASH, is_late=False), default=NOTHING),
        )
    }
    return [_summary(shift, sums.get(shift.pk, {}), now) for shift in shifts]


def _summary(shift: Shift, sums: dict[str, Any], now: datetime) -> dict[str, Any]:
    currency, zone = shift.currency, shift.channel.venue.zone
    expected = shift.opening_float + sums.get("cash", NOTHING)
    counted = shift.counted
    return {
        "shift": shift,
        "opened": minute(shift.opened_at, zone),
        "closed": minute(shift.closed_at, zone) if shift.closed_at else "",
        "count": sums.get("count", 0),
        "net": money(sums.get("net", NOTHING), currency),
        "expected": money(expected, currency),
        "difference": None if counted is None else difference_of(counted, expected, currency),
        "is_long_open": is_long_open(shift, now),
    }


def is_long_open(shift: Shift, now: datetime) -> bool:
    return shift.is_open and now - shift.opened_at > LONG_OPEN


def open_for(shift: Shift, now: datetime) -> str:
    """How long it is or was open; the clocks may have changed meanwhile."""
    ended = shift.closed_at or now
    minutes = int(ended.timestamp() - shift.opened_at.timestamp()) // 60
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    return _t("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def counted_pieces(shift: Shift) -> list[dict[str, str]]:
    """The notes and coins that were counted, the largest first."""
    counts = sorted(shift.counted_pieces.items(), key=lambda piece: -Decimal(piece[0]))
    return [
        {"value": value, "count": str(count), "sum": amount(Decimal(value) * count, shift.currency)}
        for value, count in counts
    ]
