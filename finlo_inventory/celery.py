"""The Celery application; what beat asks for stands in ``schedule``."""

import logging
import logging.config
import os
import time
import warnings
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.beat import Scheduler
from celery.signals import (
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
)
from django.conf import settings

from finlo_inventory import heartbeats
from finlo_inventory.processes.garbage import collect_rarely
from finlo_inventory.schedule import DEFAULT, DELIVERIES, PLANNING, SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")

# One line for each task received and done: with a task every two seconds nobody reads them.
CHATTY = ("celery.worker.strategy", "celery.app.trace", "celery.beat")

# The danger in a worker that runs as root is pickled tasks; ours are JSON, and nothing else is
# accepted. Whether to run as root at all is for whoever deploys this.
warnings.filterwarnings("ignore", message="You're running the worker with superuser")

app = Celery("finlo_inventory")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_default_queue=DEFAULT,
    # With Redis gone a task cannot be acknowledged and will come again: better not twice at once.
    worker_cancel_long_running_tasks_on_connection_loss=True,
    # What is not sent by beat goes to the same queue; of two to the first.
    task_routes={entry.task: {"queue": entry.queue} for entry in reversed(SCHEDULE.values())},
    # `expires`: a worker that was away finds one of each waiting, not an hour of them.
    beat_schedule={
        name: {
            "task": entry.task,
            "schedule": entry.seconds,
            "kwargs": entry.kwargs,
            "options": {"queue": entry.queue, "expires": entry.seconds},
        }
        for name, entry in SCHEDULE.items()
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
    if PLANNING in queues:
        _leave(heartbeats.PLANNER_SEEN)
    if set(queues) - {DELIVERIES, PLANNING}:
        _leave(heartbeats.WORKER_SEEN)


@worker_ready.connect
@worker_process_init.connect
def look_for_garbage_rarely(**_: Any) -> None:
    """In the process that has threads, and in each of those that a worker forks."""
    collect_rarely()


@worker_process_init.connect
def count_what_is_turned_away(**_: Any) -> None:
    """Late sales are booked by the processes that a worker forks."""
    from sales.turned_away import services as turned_away

    turned_away.start()


@worker_process_shutdown.connect
def write_what_was_turned_away(**_: Any) -> None:
    from sales.turned_away import services as turned_away

    turned_away.stop()


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
