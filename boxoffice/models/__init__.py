from boxoffice.models.payment import Payment, ReceiptPrinting
from boxoffice.models.shift import Shift

__all__ = ("Payment", "ReceiptPrinting", "Shift")
