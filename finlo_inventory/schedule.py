"""What beat asks for: how often, and in which queue. The worker, the planner and the notifier are started with these queues."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from finlo_inventory import heartbeats

SALES, DEFAULT = "sales", "default"
# A queue and a process of its own, the notifier: a slow mail server holds up nothing of the others.
DELIVERIES = "deliveries"
# The planner's: what works for minutes. In the worker a what-if beside a checklist took both of its processes from
# expiring holds, and from the sales file for which the checklist waits.
PLANNING = "planning"
OF_WORKER, OF_PLANNER, OF_NOTIFIER = (SALES, DEFAULT), (PLANNING,), (DELIVERIES,)
MINUTE, HOUR = 60.0, 3_600.0


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A task that beat sends every so many ``seconds``; the worker drops it if it has not begun it by the next time."""

    task: str
    queue: str
    seconds: float
    kwargs: Mapping[str, str] = field(default_factory=dict)


# The names are those under which Redis keeps when each was last sent.
SCHEDULE: dict[str, Scheduled] = {
    "heartbeat": Scheduled("finlo_inventory.celery.heartbeat", DEFAULT, 5),
    "heartbeat of the notifier": Scheduled(
        "finlo_inventory.celery.heartbeat", DELIVERIES, 5, {"key": heartbeats.NOTIFIER_SEEN}
    ),
    "heartbeat of the planner": Scheduled(
        "finlo_inventory.celery.heartbeat", PLANNING, 5, {"key": heartbeats.PLANNER_SEEN}
    ),
    "expire holds": Scheduled("sales.tasks.expire_holds", SALES, 2),
    "hand back leases": Scheduled("sales.tasks.hand_back_leases", SALES, 5),
    "book approved conflicts": Scheduled("offline.tasks.book_approved", SALES, 5),
    # After each sync, and while one is overdue (offline/buffer_moves.py).
    "safety buffers": Scheduled("offline.tasks.keep_buffers", SALES, 3),
    "sums of days": Scheduled("sales.tasks.sum_days", DEFAULT, 5 * MINUTE),
    "settle cancelled events": Scheduled("sales.tasks.settle_cancelled_events", SALES, 3),
    "estimate what is not reported": Scheduled(
        "offline.tasks.estimate_unreported", DEFAULT, MINUTE
    ),
    "release unsold": Scheduled("allocations.tasks.release_unsold", SALES, 2),
    "record stops": Scheduled("allocations.tasks.record_stops", SALES, 3),
    "transfer rules": Scheduled("transfers.tasks.evaluate_rules", SALES, 1),
    # It takes what has not been looked at for five minutes (transfers/dynamic/rebalancing.py).
    "dynamic plans": Scheduled("transfers.tasks.rebalance_dynamic", DEFAULT, 20),
    "lapse undecided transfers": Scheduled("transfers.tasks.lapse_undecided", SALES, 5),
    "alerts of stock": Scheduled("alerts.tasks.watch_stock", SALES, 1),
    "other alerts": Scheduled("alerts.tasks.watch_the_rest", SALES, 5),
    "payments overdue": Scheduled("alerts.tasks.watch_payments", SALES, MINUTE),
    "alerts of what is sold no longer": Scheduled("alerts.tasks.end_unwatched", SALES, 5),
    "escalate alerts": Scheduled("alerts.tasks.escalate", SALES, 5),
    "tell partners of transfers": Scheduled("alerts.tasks.tell_partners", SALES, 5),
    "deliveries": Scheduled("alerts.tasks.deliver", DELIVERIES, 1),
    "scheduled reports": Scheduled("planning.tasks.send_reports", DEFAULT, 20),
    "forget old messages": Scheduled("alerts.tasks.forget_old", DEFAULT, HOUR),
    "reconcile": Scheduled("sales.tasks.reconcile", DEFAULT, 15 * MINUTE),
    "forget old answers": Scheduled("idempotency.tasks.forget_old_answers", DEFAULT, HOUR),
    "imports": Scheduled("exchange.tasks.work_on_imports", DEFAULT, 10),
    "sales files": Scheduled("exchange.tasks.work_on_sales_files", DEFAULT, 10),
    "go-live checklists": Scheduled("golive.tasks.work_on_checklists", PLANNING, 10),
    "what-ifs": Scheduled("planning.tasks.work_on_whatifs", PLANNING, 10),
    "forget old what-ifs": Scheduled("planning.tasks.forget_old_whatifs", DEFAULT, HOUR),
    "forget old windows": Scheduled("transfers.tasks.forget_old", DEFAULT, HOUR),
    "forget old files": Scheduled("exchange.tasks.forget_old_files", DEFAULT, HOUR),
}
