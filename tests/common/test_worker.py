"""A worker is asked by name, and a broker that does not answer keeps nobody waiting."""

import socket

import pytest
import redis
from celery import current_app
from kombu.exceptions import OperationalError

from common.worker import ask_worker
from tests.servers import TestServer

TASK = "sales.tasks.settle_cancelled_events"


def test_a_task_reaches_the_queue(
    monkeypatch: pytest.MonkeyPatch, redis_server: TestServer
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", redis_server.url)
    ask_worker(TASK, queue="sales")
    with redis.Redis.from_url(redis_server.url) as client:
        [message] = client.lrange("sales", 0, -1)
    assert TASK.encode() in message


def test_a_broker_that_is_not_there_is_an_error_at_once(
    monkeypatch: pytest.MonkeyPatch, redis_server: TestServer
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", redis_server.url)
    redis_server.stop()
    with pytest.raises(OperationalError):
        ask_worker(TASK, queue="sales")


def test_a_broker_that_never_answers_is_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setattr(current_app.conf, "broker_write_url", address)
        with pytest.raises(OperationalError):
            ask_worker(TASK, queue="sales")
