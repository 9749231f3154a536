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
from boxoffice.enums import MONEY, TAKEN, PaymentKind, PaymentStep
from boxoffice.models import Payment, PaymentLine, Shift
from common.spoken_number import row_of
from common.text import amount, minute, money

# A till that is open for longer was perhaps left open.
LONG_OPEN = timedelta(hours=16)
NOTHING = Decimal(0)
MAX_ELSEWHERE = 100


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
        .filter(payment__shift=shift, payment__is_late=False)
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
    waiting = Payment.objects.filter(shift=shift, booking=None, is_late=False).aggregate(
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


def elsewhere(shift: Shift) -> list[dict[str, Any]]:
    """What other doors have given back or added of bookings that this till sold: no till has moved for it."""
    own = Payment.objects.filter(shift=shift, step=PaymentStep.SALE, booking__isnull=False)
    outside = Payment.objects.filter(kind=PaymentKind.OUTSIDE, booking__in=own.values("booking"))
    zone = shift.channel.venue.zone
    return [
        {
            "at": minute(payment.taken_at, zone),
            "booking": payment.booking,
            "step": payment.get_step_display(),
            "amount": money(payment.amount, shift.currency),
        }
        for payment in outside.select_related("booking").order_by("-pk")[:MAX_ELSEWHERE]
    ]


def missing_receipts(shift: Shift) -> list[dict[str, Any]]:
    """Leases of which receipts were numbered that have not come: a terminal still has them, or they are lost."""
    receipts = Payment.objects.filter(shift=shift, report__isnull=False, number=None)
    numbers: dict[str, list[int]] = {}
    for receipt in receipts.values_list("receipt", flat=True):
        lease, _, count = receipt.rpartition("-")
        if row_of(lease) is not None and count.isdecimal():
            numbers.setdefault(lease, []).append(int(count))
    # A lease may have been sold from over several tills: all that came of it count.
    for lease, own in numbers.items():
        known = Payment.objects.filter(receipt__startswith=f"{lease}-", report__isnull=False)
        counts = (receipt.rpartition("-")[2] for receipt in known.values_list("receipt", flat=True))
        own[:] = sorted({int(count) for count in counts if count.isdecimal()})
    return [
        {"lease": lease, "last": own[-1], "missing": own[-1] - len(own)}
        for lease, own in sorted(numbers.items())
        if own[-1] > len(own)
    ]


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
