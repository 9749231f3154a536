"""What a load balancer, an operator and Prometheus ask. None of it needs a login."""

import hmac
import time
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from finlo_inventory import env, heartbeats
from finlo_inventory.metrics import render

# Beat leaves a sign each second, the workers every five.
LATE_SECONDS = 30.0
# Each of the planner's processes may be at work for minutes, and none of them leaves a sign meanwhile.
LATE_PLANNER_SECONDS = 300.0


def heartbeat_ages() -> dict[str, float | None] | None:
    """Seconds since the workers and beat were last seen; None altogether when Redis is down."""
    beats = heartbeats.read(settings.REDIS_URL)
    if beats is None:
        return None
    now = time.time()
    return {name: None if seen is None else max(now - seen, 0.0) for name, seen in beats.items()}


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (Error, PoolTimeout):
        return False
    return True


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """That this process answers. Nothing else is asked, so that a slow database restarts nobody."""
    del request
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether sales can be made: 503 without the database.

    Without Redis, workers or beat sales go on, screens and messages are late: 200, "degraded".
    """
    del request
    database = database_answers()
    ages = heartbeat_ages()
    parts: dict[str, Any] = {
        "database": {"ok": database},
        "redis": {"ok": ages is not None},
    }
    for name in heartbeats.NAMES:
        age = ages[name] if ages else None
        late = LATE_PLANNER_SECONDS if name == "planner" else LATE_SECONDS
        parts[name] = {
            "ok": age is not None and age <= late,
            "seen_seconds_ago": None if age is None else round(age, 1),
        }
    if not database:
        status = "unavailable"
    else:
        status = "ready" if all(part["ok"] for part in parts.values()) else "degraded"
    return JsonResponse({"status": status, **parts}, status=200 if database else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. With FINLO_METRICS_TOKEN set, only for who sends it as a bearer token.

    In production without a token there is no such page: behind a proxy on the same machine
    every request seems to come from this machine, so addresses prove nothing.
    """
    token = env.text("FINLO_METRICS_TOKEN", "")
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and not hmac.compare_digest(sent.encode(), token.encode()):
        answer = HttpResponse("A bearer token is needed.\n", status=401, content_type="text/plain")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    if not token and settings.PRODUCTION:
        raise Http404
    body, content_type = render(heartbeat_ages())
    return HttpResponse(body, content_type=content_type)
