"""A database that does not answer is said once, and each who asks is told to come back."""

import errno
import io
import logging
import time
from collections.abc import Iterator

import psycopg
import pytest
import redis
from django.db import OperationalError
from django.test import Client
from psycopg import errors

from common import outage


def django_error(cause: psycopg.Error | None) -> OperationalError:
    error = OperationalError(str(cause or "the connection is closed"))
    error.__cause__ = cause
    return error


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What our handler would write of the logger `outage`."""
    found = io.StringIO()
    handler = logging.StreamHandler(found)
    handler.addFilter(outage.SaidOnce())
    logger = logging.getLogger("outage")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def fail(error: Exception) -> None:
    logging.getLogger("outage").error("The database does not answer.", exc_info=error)


def test_an_outage_is_one_line_a_minute(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        fail(django_error(psycopg.OperationalError("refused\nIs it running?")))
    assert lines.getvalue() == "The database does not answer. (refused)\n"
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + outage.QUIET_SECONDS)
    fail(django_error(None))
    assert lines.getvalue().splitlines()[1:] == [
        "The database does not answer. (the connection is closed); 49 more like it since the last line"
    ]


@pytest.mark.parametrize(
    "cause",
    [
        redis.ResponseError("MISCONF Errors writing to the AOF file"),
        redis.ConnectionError("refused"),
        OSError(errno.ENOSPC, "No space left on device"),
        errors.AdminShutdown("terminating"),
    ],
)
def test_an_outage_is_known_behind_other_errors(cause: Exception) -> None:
    error = ValueError("The task was not sent.")
    error.__context__ = cause
    assert outage.is_outage(error)
    assert not outage.is_outage(ValueError("The task was not sent."))
    assert not outage.is_outage(redis.ResponseError("WRONGTYPE"))


def test_what_is_our_own_mistake_keeps_its_traceback(lines: io.StringIO) -> None:
    for _ in range(2):
        fail(django_error(errors.DeadlockDetected("deadlock")))
        fail(ValueError("a mistake"))
    assert lines.getvalue().count("deadlock") == 4  # the error and its cause, both times
    assert lines.getvalue().count("ValueError: a mistake") == 2


@pytest.mark.parametrize("path", ["/board/", "/admin/"])
def test_a_page_without_a_database_says_when_to_come_back(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise django_error(None)

    monkeypatch.setattr("django.contrib.auth.middleware.get_user", fail)
    answer = Client(raise_request_exception=False).get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"The database does not answer." in answer.content
