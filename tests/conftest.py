"""Fixtures that every folder of tests may use. The servers are started in tests/plugin.py."""

from collections.abc import Iterator

import pytest

from tests.servers import TestServer


@pytest.fixture
def redis_server() -> Iterator[TestServer]:
    """A Redis of its own for a test that stops, starts or kills it. Started."""
    server = TestServer("redis")
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres_server() -> Iterator[TestServer]:
    """A durable PostgreSQL of its own for a test that stops, starts or kills it. Started."""
    server = TestServer("postgres")
    try:
        server.start()
        yield server
    finally:
        server.remove()
