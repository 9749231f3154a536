from boxoffice.models.payment import Payment, PaymentLine, ReceiptPrinting
from boxoffice.models.shift import Shift
from boxoffice.models.ticket_printing import TicketPrinting

__all__ = ("Payment", "PaymentLine", "ReceiptPrinting", "Shift", "TicketPrinting")
