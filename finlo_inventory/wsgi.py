"""All HTTP: the admin, the pages, the REST API. Called by the threads of `finlo_inventory.front` (docs/adr/0012)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")

application = get_wsgi_application()
