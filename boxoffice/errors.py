"""Why a counter refused. Each refusal changes nothing and carries the numbers."""

from common.errors import RefusedError


class NoOpenTillError(RefusedError):
    """Money is taken into an open till, and given out of one."""

    code = "NO_OPEN_TILL"
    title = "No open till"

    def __init__(self) -> None:
        super().__init__("You have no open till at this counter. Open one first.", field="channel")


class TillOpenError(RefusedError):
    """A person has one open till at a counter."""

    code = "TILL_OPEN"
    title = "The till is open"


class TillStateError(RefusedError):
    """A till that is closed stays closed."""

    code = "INVALID_STATE"
    title = "Not in this state"


class NotPaidError(RefusedError):
    """No more is given back than was paid, and in the kind in which it was paid."""

    code = "NOT_PAID"
    title = "Not so much was paid"


class GiveAwayError(RefusedError):
    """Tickets are given away by those who may."""

    code = "FORBIDDEN"
    title = "Not allowed"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "You may not give tickets away. Ask a manager of the venue.", field="payment.kind"
        )
