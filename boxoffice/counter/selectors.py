"""Reads of the counter: which a person may use, which tills a person may see, what should lie in them."""

from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from accounts.selectors import within_venues
from allocations.models import SalesChannel
from allocations.sellers import MAY_SELL
from boxoffice.counter.answers import Cash
from boxoffice.enums import PaymentKind
from boxoffice.models import Payment, Shift
from boxoffice.selectors import counters_of
from common.errors import NotFoundError
from sales.models import Booking

SEE_TILLS = "boxoffice.view_shift"
OVERSEE = "boxoffice.oversee_shift"
GIVE_AWAY = "boxoffice.give_away_payment"
REFUND = "sales.refund_booking"


def find_counter(user: User, channel_id: int) -> SalesChannel:
    """Raises ``NotFoundError`` for a counter that is not the person's, as for one that is not."""
    counter = counters_of(user).filter(pk=channel_id).first()
    if counter is None:
        raise NotFoundError("There is no such counter of yours.", field="channel")
    return counter


def find_booking(channel_id: int, uuid: UUID) -> Booking:
    """Raises ``NotFoundError`` for one of another channel, as for one that is not."""
    booking = Booking.objects.filter(uuid=uuid, channel=channel_id).first()
    if booking is None:
        raise NotFoundError("There is no such booking at this counter.", field="booking")
    return booking


def oversees(user: User | AnonymousUser) -> bool:
    """Whether the person closes the tills of others, at the venues that were given to him or her."""
    return user.has_perm(OVERSEE)


def sees_all_tills(user: User | AnonymousUser) -> bool:
    """Who sells sees his or her own tills; who oversees them, and who only looks, all of one's venues."""
    return user.has_perm(SEE_TILLS) and (oversees(user) or not user.has_perm(MAY_SELL))


def shifts_of(user: User | AnonymousUser) -> QuerySet[Shift]:
    """The tills that the person sees, the newest first."""
    shifts = Shift.objects.select_related("channel__venue", "opened_by", "closed_by")
    if sees_all_tills(user):
        return shifts.filter(within_venues(user, "channel__venue"))
    return shifts.filter(Q(opened_by=user.pk) & within_venues(user, "channel__venue"))


def find_shift(user: User, shift_id: int) -> Shift:
    """Raises ``NotFoundError`` for a till that the person does not see, as for one that is not."""
    shift = shifts_of(user).filter(pk=shift_id).first()
    if shift is None:
        raise NotFoundError("There is no such till.", field="shift")
    return shift


def open_shift_of(user: User, channel_id: int) -> Shift | None:
    shifts = Shift.objects.select_related("channel__venue", "opened_by", "closed_by")
    return shifts.filter(channel=channel_id, opened_by=user.pk, closed_at=None).first()


def expected_cash(shift: Shift) -> Cash:
    """Its float and what was taken in cash while it was open, less what was given back in cash."""
    taken = Payment.objects.order_by().filter(shift=shift, kind=PaymentKind.CASH)
    sums = dict(taken.values_list("is_late").annotate(total=Sum("amount")))
    return Cash(shift.opening_float + sums.get(False, Decimal(0)), sums.get(True, Decimal(0)))
