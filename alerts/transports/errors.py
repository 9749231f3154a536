"""How the sending of a message can fail. The reasons are for managers, and hold no secret."""


class RefusedForNowError(Exception):
    """It may be tried again: the other side is busy or away, or our own set-up is wrong.

    ``retry_after``: seconds that the other side asked us to wait, where it did; at most an hour.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class RefusedForGoodError(Exception):
    """The address takes no messages, and will take none later."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
