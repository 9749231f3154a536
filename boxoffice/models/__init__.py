from boxoffice.models.payment import Payment, PaymentLine, ReceiptPrinting
from boxoffice.models.shift import Shift

__all__ = ("Payment", "PaymentLine", "ReceiptPrinting", "Shift")
