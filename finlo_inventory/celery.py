"""The Celery application: the worker's queues and the beat schedule."""

import logging
import logging.config
import os
import time
import warnings
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.beat import Scheduler
from celery.signals import setup_logging, worker_ready
from django.conf import settings

from finlo_inventory import heartbeats

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")

HEARTBEAT_SECONDS = 5.0
EXPIRE_SECONDS = 2.0
SETTLE_SECONDS = 3.0
RELEASE_SECONDS = 2.0
RECORD_STOPS_SECONDS = 3.0
RULES_SECONDS = 1.0
# It takes what has not been looked at for five minutes (transfers/dynamic/rebalancing.py).
REBALANCE_SECONDS = 20.0
LAPSE_SECONDS = 5.0
WATCH_SECONDS = 1.0
WATCH_REST_SECONDS = 5.0
WATCH_PAYMENTS_SECONDS = 60.0
DELIVER_SECONDS = 1.0
RECONCILE_SECONDS = 15 * 60.0
FORGET_SECONDS = 60 * 60.0
IMPORT_SECONDS = 10.0
DELIVERIES = "deliveries"
# One line for each task received and done: with a task every two seconds nobody reads them.
CHATTY = ("celery.worker.strategy", "celery.app.trace", "celery.beat")

# The danger in a worker that runs as root is pickled tasks; ours are JSON, and nothing else is
# accepted. Whether to run as root at all is for whoever deploys this.
warnings.filterwarnings("ignore", message="You're running the worker with superuser")

app = Celery("finlo_inventory")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_default_queue="default",
    # With Redis gone a task cannot be acknowledged and will come again: better not twice at once.
    worker_cancel_long_running_tasks_on_connection_loss=True,
    task_routes={
        "sales.tasks.expire_holds": {"queue": "sales"},
        "sales.tasks.settle_cancelled_events": {"queue": "sales"},
        "allocations.tasks.release_unsold": {"queue": "sales"},
        "allocations.tasks.record_stops": {"queue": "sales"},
        "transfers.tasks.evaluate_rules": {"queue": "sales"},
        "transfers.tasks.lapse_undecided": {"queue": "sales"},
        "transfers.tasks.rebalance_dynamic": {"queue": "default"},
        "alerts.tasks.watch_stock": {"queue": "sales"},
        "alerts.tasks.watch_the_rest": {"queue": "sales"},
        "alerts.tasks.watch_payments": {"queue": "sales"},
        "alerts.tasks.end_unwatched": {"queue": "sales"},
        "alerts.tasks.escalate": {"queue": "sales"},
        "alerts.tasks.tell_partners": {"queue": "sales"},
        # A queue and a process of its own: a slow mail server holds up nothing of the others.
        "alerts.tasks.deliver": {"queue": DELIVERIES},
    },
    # `expires`: a worker that was away finds one of each waiting, not an hour of them.
    beat_schedule={
        "heartbeat": {
            "task": "finlo_inventory.celery.heartbeat",
            "schedule": HEARTBEAT_SECONDS,
            "options": {"queue": "default", "expires": HEARTBEAT_SECONDS},
        },
        "heartbeat of the notifier": {
            "task": "finlo_inventory.celery.heartbeat",
            "schedule": HEARTBEAT_SECONDS,
            "kwargs": {"key": heartbeats.NOTIFIER_SEEN},
            "options": {"queue": DELIVERIES, "expires": HEARTBEAT_SECONDS},
        },
        "expire holds": {
            "task": "sales.tasks.expire_holds",
            "schedule": EXPIRE_SECONDS,
            "options": {"queue": "sales", "expires": EXPIRE_SECONDS},
        },
        "settle cancelled events": {
            "task": "sales.tasks.settle_cancelled_events",
            "schedule": SETTLE_SECONDS,
            "options": {"queue": "sales", "expires": SETTLE_SECONDS},
        },
        "release unsold": {
            "task": "allocations.tasks.release_unsold",
            "schedule": RELEASE_SECONDS,
            "options": {"queue": "sales", "expires": RELEASE_SECONDS},
        },
        "record stops": {
            "task": "allocations.tasks.record_stops",
            "schedule": RECORD_STOPS_SECONDS,
            "options": {"queue": "sales", "expires": RECORD_STOPS_SECONDS},
        },
        "transfer rules": {
            "task": "transfers.tasks.evaluate_rules",
            "schedule": RULES_SECONDS,
            "options": {"queue": "sales", "expires": RULES_SECONDS},
        },
        "dynamic plans": {
            "task": "transfers.tasks.rebalance_dynamic",
            "schedule": REBALANCE_SECONDS,
            "options": {"queue": "default", "expires": REBALANCE_SECONDS},
        },
        "lapse undecided transfers": {
            "task": "transfers.tasks.lapse_undecided",
            "schedule": LAPSE_SECONDS,
            "options": {"queue": "sales", "expires": LAPSE_SECONDS},
        },
        "alerts of stock": {
            "task": "alerts.tasks.watch_stock",
            "schedule": WATCH_SECONDS,
            "options": {"queue": "sales", "expires": WATCH_SECONDS},
        },
        "other alerts": {
            "task": "alerts.tasks.watch_the_rest",
            "schedule": WATCH_REST_SECONDS,
            "options": {"queue": "sales", "expires": WATCH_REST_SECONDS},
        },
        "payments overdue": {
            "task": "alerts.tasks.watch_payments",
            "schedule": WATCH_PAYMENTS_SECONDS,
            "options": {"queue": "sales", "expires": WATCH_PAYMENTS_SECONDS},
        },
        "alerts of what is sold no longer": {
            "task": "alerts.tasks.end_unwatched",
            "schedule": WATCH_REST_SECONDS,
            "options": {"queue": "sales", "expires": WATCH_REST_SECONDS},
        },
        "escalate alerts": {
            "task": "alerts.tasks.escalate",
            "schedule": WATCH_REST_SECONDS,
            "options": {"queue": "sales", "expires": WATCH_REST_SECONDS},
        },
        "tell partners of transfers": {
            "task": "alerts.tasks.tell_partners",
            "schedule": WATCH_REST_SECONDS,
            "options": {"queue": "sales", "expires": WATCH_REST_SECONDS},
        },
        "deliveries": {
            "task": "alerts.tasks.deliver",
            "schedule": DELIVER_SECONDS,
            "options": {"queue": DELIVERIES, "expires": DELIVER_SECONDS},
        },
        "forget old messages": {
            "task": "alerts.tasks.forget_old",
            "schedule": FORGET_SECONDS,
            "options": {"queue": "default", "expires": FORGET_SECONDS},
        },
        "reconcile": {
            "task": "sales.tasks.reconcile",
            "schedule": RECONCILE_SECONDS,
            "options": {"queue": "default", "expires": RECONCILE_SECONDS},
        },
        "forget old answers": {
            "task": "sales.tasks.forget_old_answers",
            "schedule": FORGET_SECONDS,
            "options": {"queue": "default", "expires": FORGET_SECONDS},
        },
        "imports": {
            "task": "exchange.tasks.work_on_imports",
            "schedule": IMPORT_SECONDS,
            "options": {"queue": "default", "expires": IMPORT_SECONDS},
        },
        "forget old files": {
            "task": "exchange.tasks.forget_old_files",
            "schedule": FORGET_SECONDS,
            "options": {"queue": "default", "expires": FORGET_SECONDS},
        },
    },
)
app.autodiscover_tasks()


@app.task(acks_late=False)
def heartbeat(key: str = heartbeats.WORKER_SEEN) -> None:
    """Sent by beat, carried by Redis, run by a worker: all three work when this is fresh."""
    _leave(key)


@worker_ready.connect
def first_heartbeat(sender: Any, **_: Any) -> None:
    # So that the supervisor need not wait for beat to know that the worker is up.
    queues = sender.app.amqp.queues.consume_from
    if DELIVERIES in queues:
        _leave(heartbeats.NOTIFIER_SEEN)
    if set(queues) - {DELIVERIES}:
        _leave(heartbeats.WORKER_SEEN)


@setup_logging.connect
def use_our_logging(**_: Any) -> None:
    """The same lines as the web processes, by being connected; Celery's own set-up is off."""
    logging.config.dictConfig(settings.LOGGING)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


class HeartbeatScheduler(Scheduler):
    """Beat's own schedule, plus a sign of life at most once a second.

    When each task was last sent is kept in Redis, beside the queues that it is sent to. Celery's own
    scheduler keeps it in a file, and a file that a full disk left empty stopped beat for good.
    """

    sync_every = 60

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._next_sign = 0.0
        self._connection = heartbeats.client(settings.REDIS_URL)
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        super().setup_schedule()
        now = datetime.now(UTC)
        for name, seconds in heartbeats.last_runs(self._connection).items():
            entry = self.schedule.get(name)
            ran = datetime.fromtimestamp(seconds, UTC)
            # A clock that was set back must not make a task wait until the old one is reached.
            if entry is not None and ran < now:
                entry.last_run_at = ran

    def sync(self) -> None:
        runs = {
            name: entry.last_run_at.timestamp()
            for name, entry in self.schedule.items()
            if entry.last_run_at is not None
        }
        heartbeats.keep_runs(self._connection, runs)

    def close(self) -> None:
        self.sync()
        super().close()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        now = time.monotonic()
        if now >= self._next_sign:
            self._next_sign = now + 1
            heartbeats.leave(self._connection, heartbeats.BEAT_SEEN)
        return float(super().tick(*args, **kwargs))


def _leave(key: str) -> None:
    connection = heartbeats.client(settings.REDIS_URL)
    try:
        heartbeats.leave(connection, key)
    finally:
        connection.close()
