"""The embedded servers on their own."""

import psycopg
import redis

from tests.servers import TestServer


def test_postgres_keeps_its_data_after_kill(postgres_server: TestServer) -> None:
    with psycopg.connect(postgres_server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres_server.kill()
    postgres_server.start()
    with psycopg.connect(postgres_server.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_redis_keeps_its_data_after_stop(redis_server: TestServer) -> None:
    redis.Redis.from_url(redis_server.url).set("kept", "yes")
    redis_server.stop()
    redis_server.start()
    assert redis.Redis.from_url(redis_server.url).get("kept") == b"yes"
