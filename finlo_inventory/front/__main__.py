"""One web process: `python -m finlo_inventory.front`.

Start as many as there are processors: they share the port, and the kernel deals out connections.
"""

import asyncio
import os
import sys

from django.conf import settings
from django.urls import reverse

from finlo_inventory.front.limits import Limits
from finlo_inventory.front.server import serve
from finlo_inventory.processes.garbage import collect_rarely
from finlo_inventory.wsgi import application
from sales.turned_away import services as turned_away

# How long a thread may keep the interpreter from the event loop, which refuses and reads on.
SWITCH_SECONDS = 0.001


def limits() -> Limits:
    """Three addresses take files, and say themselves which are too large; far larger ones never come so far."""
    return Limits(
        bodies={
            reverse("admin:exchange_hub"): settings.LARGEST_SETUP_UPLOAD,
            reverse("admin:offline_salesfile_upload"): settings.LARGEST_UPLOAD,
            reverse("api:sales_files"): settings.LARGEST_UPLOAD,
        }
    )


if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_SECONDS)
    allowed = limits()  # which loads all pages
    collect_rarely()
    turned_away.start()
    asyncio.run(
        serve(
            application,
            host=settings.WEB_HOST,
            port=settings.WEB_PORT,
            # Two connections more are in the pool: for the thread that answers operators, and for the one that writes
            # what was turned away.
            threads=settings.DATABASE_POOL_SIZE,
            limits=allowed,
        )
    )
    turned_away.stop()
    # Threads that still wait for the database, or hang, are not waited for.
    os._exit(0)
