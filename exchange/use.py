"""What is held and sold under the limits that a file would change."""

from collections.abc import Iterator, Sequence

from django.db.models import F, Q, Sum

from exchange.base import Planned, Row, Wrong
from exchange.references import saved
from sales.enums import BookingStatus
from sales.models import BookingLine


def below_use(plans: Sequence[Planned], owner: str) -> Iterator[tuple[Row, Wrong]]:
    """Limits below what is held and sold; ``owner`` is the line's field, ``item`` or ``listing``.

    One statement, without locks: the service counts again when it sets the limit.
    """
    limited = [planned for planned in plans if planned.asked.get("limit") is not None]
    known = saved(limited)
    if not known:
        return
    used = {
        row[owner]: (row["held"], row["sold"])
        for row in BookingLine.objects.filter(**{f"{owner}__in": known})
        .order_by()
        .values(owner)
        .annotate(
            held=Sum("quantity", filter=Q(booking__status=BookingStatus.ON_HOLD), default=0),
            sold=Sum(
                F("quantity") - F("refunded"),
                filter=Q(booking__status=BookingStatus.CONFIRMED),
                default=0,
            ),
        )
    }
    for planned in limited:
        held, sold = used.get(planned.target.pk, (0, 0))
        limit = planned.asked["limit"]
        if held + sold > limit:
            yield (
                planned.row,
                Wrong(
                    "limit",
                    f"{held} are held and {sold} sold already; the limit cannot be {limit}.",
                ),
            )
