"""What health pages answer while parts of the system are down."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from prometheus_client.registry import REGISTRY
from pytest_django.fixtures import Settings

from finlo_inventory import health, heartbeats
from finlo_inventory.metrics import RequestMetrics

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def signs(settings: Settings) -> Iterator["redis.Redis"]:
    """The session's Redis, without signs of life before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as connection:
        connection.delete(*heartbeats.NAMES.values())
        yield connection
        connection.delete(*heartbeats.NAMES.values())


def ready(rf: RequestFactory) -> tuple[int, dict[str, Any]]:
    response = health.readyz(rf.get("/readyz"))
    return response.status_code, json.loads(response.content)


def test_healthz_asks_nothing_of_anybody(rf: RequestFactory) -> None:
    # No database mark: a query would fail the test.
    response = health.healthz(rf.get("/healthz"))
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_everything_up_is_ready(rf: RequestFactory, signs: "redis.Redis") -> None:
    for key in heartbeats.NAMES.values():
        heartbeats.leave(signs, key)
    status, body = ready(rf)
    assert (status, body["status"]) == (200, "ready")
    assert body["worker"]["ok"] is True
    assert 0 <= body["beat"]["seen_seconds_ago"] < health.LATE_SECONDS


@pytest.mark.django_db
def test_a_late_worker_is_degraded_and_named(rf: RequestFactory, signs: "redis.Redis") -> None:
    heartbeats.leave(signs, heartbeats.BEAT_SEEN)
    heartbeats.leave(signs, heartbeats.NOTIFIER_SEEN)
    heartbeats.leave(signs, heartbeats.PLANNER_SEEN)
    signs.set(heartbeats.WORKER_SEEN, time.time() - 100)
    status, body = ready(rf)
    assert (status, body["status"]) == (200, "degraded")
    assert body["worker"]["ok"] is False
    assert body["worker"]["seen_seconds_ago"] == pytest.approx(100, abs=5)
    assert body["beat"]["ok"] is True


@pytest.mark.django_db
def test_a_planner_may_be_at_work_for_minutes(rf: RequestFactory, signs: "redis.Redis") -> None:
    for key in heartbeats.NAMES.values():
        heartbeats.leave(signs, key)
    signs.set(heartbeats.PLANNER_SEEN, time.time() - 200)
    assert ready(rf)[1]["status"] == "ready"
    signs.set(heartbeats.PLANNER_SEEN, time.time() - 400)
    assert ready(rf)[1]["status"] == "degraded"


@pytest.mark.django_db
def test_without_redis_sales_go_on(rf: RequestFactory, settings: Settings) -> None:
    settings.REDIS_URL = NOWHERE
    status, body = ready(rf)
    assert (status, body["status"]) == (200, "degraded")
    assert body["redis"] == {"ok": False}
    assert body["worker"] == {"ok": False, "seen_seconds_ago": None}


def test_without_a_database_nothing_is_ready(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "database_answers", lambda: False)
    status, body = ready(rf)
    assert (status, body["status"]) == (503, "unavailable")
    assert body["database"] == {"ok": False}


@pytest.mark.django_db
def test_metrics_tell_of_the_database_and_the_signs_of_life(
    rf: RequestFactory, signs: "redis.Redis"
) -> None:
    heartbeats.leave(signs, heartbeats.BEAT_SEEN)
    text = health.metrics(rf.get("/metrics")).content.decode()
    assert "finlo_database_up 1.0" in text
    assert "finlo_redis_up 1.0" in text
    assert 'finlo_heartbeat_age_seconds{process="beat"}' in text
    assert 'finlo_database_connections{state="active"}' in text


@pytest.mark.django_db
def test_metrics_are_for_who_has_the_token(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINLO_METRICS_TOKEN", "a secret")
    assert health.metrics(rf.get("/metrics")).status_code == 401
    wrong = rf.get("/metrics", headers={"Authorization": "Bearer another"})
    assert health.metrics(wrong).status_code == 401
    right = rf.get("/metrics", headers={"Authorization": "Bearer a secret"})
    assert health.metrics(right).status_code == 200


def test_production_without_a_token_has_no_metrics(rf: RequestFactory, settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(Http404):
        health.metrics(rf.get("/metrics"))


def test_requests_are_counted_by_route_and_never_by_what_the_caller_wrote(
    rf: RequestFactory,
) -> None:
    def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=404)

    labels = {"method": "unknown", "route": "unknown", "status": "404"}
    before = REGISTRY.get_sample_value("finlo_http_requests_total", labels) or 0
    RequestMetrics(answer)(rf.generic("INVENTED", "/made/up"))
    assert REGISTRY.get_sample_value("finlo_http_requests_total", labels) == before + 1
