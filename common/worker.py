"""Asking a worker for a task at once, by its name."""

from celery import current_app

# Somebody waits for this, and beat asks for the same all the while: better once than long.
IMPATIENT = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 0}


def ask_worker(task: str, *, queue: str) -> None:
    """Enqueue a task of which beat reminds as well, so that this word of it may be lost.

    To be called after the commit (``common.after_commit``), which logs what is raised here: a
    broker that refuses or does not answer within a second or two.
    """
    with current_app.connection_for_write() as broker:
        broker.transport_options = {**(broker.transport_options or {}), **IMPATIENT}
        current_app.send_task(task, queue=queue, retry=False, connection=broker)
