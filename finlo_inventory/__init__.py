"""Settings, urls and the server processes. Nothing of the business."""

from finlo_inventory.celery import app as celery_app

__all__ = ["celery_app"]
