"""What beat asks for, and what whoever runs a checklist asks at once. It may run twice, or beside itself."""

from celery import shared_task

from golive.work import work


@shared_task
def work_on_checklists() -> int:
    """Run the checklists that wait, and remove rehearsals of workers that were killed; returns how many runs."""
    return work()
