"""The news that alerts have changed, on its way to badges and boards."""

import time
from collections.abc import Sequence
from functools import partial

from alerts.models import Alert
from common import publisher
from common.after_commit import after_commit

GROUP = "alerts"


def publish(alerts: Sequence[Alert]) -> None:
    """Tell after the commit; costs the caller nothing and may be lost.

    Message: ``{"type": "alerts.changed", "rows": [[alert, venue or null, version], …]}``. Whoever hears
    it counts anew: it says that something has changed, and not what.
    """
    if alerts:
        rows = [[alert.pk, alert.venue_id, time.time_ns()] for alert in alerts]
        message = {"type": "alerts.changed", "rows": rows}
        after_commit(partial(publisher.publish, GROUP, message))
