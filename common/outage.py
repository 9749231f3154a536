"""What fails because the database or Redis cannot be reached: known, and said once."""

import logging
import threading
import time

import psycopg
import redis
from django.db import InterfaceError, OperationalError

# Classes of SQLSTATE: connection exceptions, and a server that stops, starts or is full.
CONNECTION, OPERATOR, RESOURCES, SYSTEM = "08", "57P", "53", "58"
QUIET_SECONDS = 60.0
UNAVAILABLE = 503


def is_outage(error: BaseException | None) -> bool:
    """Whether it is a part of the system that does not answer, and nothing of what was asked.

    A lock that was not had, or a deadlock, is no outage: it says something about our own statements.
    """
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return True
    if isinstance(error, OperationalError | InterfaceError):
        error = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else None
        if error is None:
            return True  # the connection is gone, and the server said nothing any more
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    state = error.sqlstate
    return state is None or state.startswith((CONNECTION, OPERATOR, RESOURCES, SYSTEM))


class SaidOnce(logging.Filter):
    """An outage is one line a minute for each who meets it, and not sixty for each request.

    What is left out is counted, and told with the next line.
    """

    def __init__(self) -> None:
        super().__init__()
        self._guard = threading.Lock()
        self._said: dict[tuple[str, str], float] = {}
        self._left_out: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        unanswered = getattr(record, "status_code", None) == UNAVAILABLE
        if not unanswered and not is_outage(error):
            return True
        key = (record.name, type(error).__name__)
        now = time.monotonic()
        with self._guard:
            if now < self._said.get(key, 0.0):
                self._left_out[key] = self._left_out.get(key, 0) + 1
                return False
            self._said[key] = now + QUIET_SECONDS
            left_out = self._left_out.pop(key, 0)
        text = record.getMessage().partition("\n")[0]
        if error is not None:
            text = f"{text} ({str(error).partition(chr(10))[0] or type(error).__name__})"
        if left_out:
            text = f"{text}; {left_out} more like it since the last line"
        record.msg, record.args = text, None
        record.exc_info = record.exc_text = None
        return True
