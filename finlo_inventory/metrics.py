"""Counters for Prometheus: HTTP requests by route, connections, signs of life."""

import os
import time
from collections.abc import Callable, Iterator, Mapping

from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from psycopg_pool import PoolTimeout

REQUESTS = Counter("finlo_http_requests", "HTTP requests answered", ("method", "route", "status"))
SECONDS = Histogram(
    "finlo_http_request_seconds",
    "Time to answer an HTTP request",
    ("method", "route"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN = "unknown"

CONNECTIONS = """
    SELECT coalesce(state, 'unknown'), count(*)
    FROM pg_stat_activity
    WHERE datname = current_database()
    GROUP BY 1
"""


class RequestMetrics:
    """Middleware, outermost: counts and times each request by route, never by raw path.

    Paths and methods come from outside; as labels they would fill the memory.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        response = self._get_response(request)
        match = request.resolver_match
        route = match.route if match else UNKNOWN
        method = request.method if request.method in METHODS else UNKNOWN
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(time.perf_counter() - begun)
        return response


class SystemState(Collector):
    """What is asked for only when somebody looks. Two cheap questions."""

    def __init__(self, ages: Mapping[str, float | None] | None) -> None:
        self._ages = ages

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("finlo_redis_up", "Redis answers", int(self._ages is not None))
        ages = GaugeMetricFamily(
            "finlo_heartbeat_age_seconds", "Since the last sign of life", labels=["process"]
        )
        for name, age in (self._ages or {}).items():
            if age is not None:
                ages.add_metric([name], age)
        yield ages
        connections = GaugeMetricFamily(
            "finlo_database_connections", "Connections to our database", labels=["state"]
        )
        up = 1
        try:
            with connection.cursor() as cursor:
                cursor.execute(CONNECTIONS)
                for state, count in cursor.fetchall():
                    connections.add_metric([state], count)
        except (Error, PoolTimeout):
            up = 0
        yield GaugeMetricFamily("finlo_database_up", "The database answers", up)
        yield connections


def render(ages: Mapping[str, float | None] | None) -> tuple[bytes, str]:
    """The metrics of all web processes together, and their content type."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest(REGISTRY)
    system = CollectorRegistry()
    system.register(SystemState(ages))
    return body + generate_latest(system), CONTENT_TYPE_LATEST
