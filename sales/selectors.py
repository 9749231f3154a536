"""Reads of sales that more than one entry point needs."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import User

SELL = "sales.sell_booking"
REFUND = "sales.refund_booking"


def may_read_contact(user: User | AnonymousUser) -> bool:
    """Whether a person may read who bought: those who sell or refund, not those who audit."""
    return user.has_perm(SELL) or user.has_perm(REFUND)
