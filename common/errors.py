"""The base of every refusal: an error that a caller can act on."""

from typing import ClassVar


class RefusedError(Exception):
    """A request that was understood and cannot be done; nothing was changed.

    ``code`` is the stable name an API client branches on, ``status`` the HTTP status that fits,
    ``field`` the input that caused it where one did, and ``numbers`` what explains it.
    """

    code: ClassVar[str] = "REFUSED"
    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 409

    def __init__(self, detail: str, *, field: str | None = None, **numbers: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.numbers = numbers


class InvalidInputError(RefusedError):
    """A value that cannot be meant: the wrong type, out of range, or not of this place."""

    code = "VALIDATION"
    title = "The input is not valid"
    status = 400


class NotFoundError(RefusedError):
    """There is no such thing, or it belongs to somebody else: the two must look alike."""

    code = "NOT_FOUND"
    title = "Not found"
    status = 404
