from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PaymentKind(TextChoices):
    """How what a booking costs is covered."""

    CASH = "CASH", _("Cash")
    CARD = "CARD", _("Card")
    UPI = "UPI", _("UPI")
    ON_ACCOUNT = "ON_ACCOUNT", _("On account")
    COMPLIMENTARY = "COMPLIMENTARY", _("Complimentary")
    # Of a booking that was paid at a counter and then refunded or changed elsewhere: no till moves.
    OUTSIDE = "OUTSIDE", _("Outside the counter")


class PaymentStep(TextChoices):
    """What of a booking was paid for."""

    SALE = "SALE", _("Sale")
    CHANGE = "CHANGE", _("Change")
    REFUND = "REFUND", _("Refund")


# The kinds that a counter takes.
TAKEN = tuple(kind for kind in PaymentKind if kind != PaymentKind.OUTSIDE)
MONEY = frozenset({PaymentKind.CASH, PaymentKind.CARD, PaymentKind.UPI})


def family_of(kind: PaymentKind) -> frozenset[PaymentKind]:
    """The kinds in which what was paid in one kind may be given back: money as money, and the rest as itself."""
    return MONEY if kind in MONEY else frozenset({kind})
