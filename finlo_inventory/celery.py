"""The Celery application: the worker's queues and the beat schedule."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")

app = Celery("finlo_inventory")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
