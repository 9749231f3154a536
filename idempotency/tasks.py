"""What beat asks for. It may run twice, or beside itself, and does no harm."""

from celery import shared_task

from idempotency.answers import forget_old


@shared_task
def forget_old_answers() -> int:
    """Drop stored answers that nobody may ask for again; returns how many."""
    return forget_old()
