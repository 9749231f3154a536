from boxoffice.models.payment import Payment
from boxoffice.models.shift import Shift

__all__ = ("Payment", "Shift")
