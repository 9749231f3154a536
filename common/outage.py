"""What fails because the database or Redis cannot be reached: known, and said once."""

import errno
import logging
import threading
import time

import kombu.exceptions as kombu
import psycopg
import redis
from django.db import InterfaceError, OperationalError

# Classes of SQLSTATE: connection exceptions, and a server that stops, starts or is full.
CONNECTION, OPERATOR, RESOURCES, SYSTEM = "08", "57P", "53", "58"
# How Redis refuses every write: its disk or memory is full, it loads, or it only copies another.
REDIS_REFUSES = ("MISCONF", "OOM", "LOADING", "READONLY")
QUIET_SECONDS = 60.0
UNAVAILABLE = 503


def is_outage(error: BaseException | None) -> bool:
    """Whether it is a part of the system that does not answer, and nothing of what was asked.

    A lock that was not had, or a deadlock, is no outage: it says something about our own statements.
    """
    while error is not None:
        if _is_of_redis(error) or _is_of_database(error) or _is_of_disk(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_of_redis(error: BaseException) -> bool:
    if isinstance(error, redis.ConnectionError | redis.TimeoutError | kombu.OperationalError):
        return True
    return isinstance(error, redis.ResponseError) and str(error).startswith(REDIS_REFUSES)


def _is_of_disk(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno == errno.ENOSPC


def _is_of_database(error: BaseException) -> bool:
    if isinstance(error, OperationalError | InterfaceError):
        # The cause says more; without one the connection is gone.
        return not isinstance(error.__cause__, psycopg.Error)
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
