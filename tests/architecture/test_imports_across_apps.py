"""Across apps only models, enums, errors, selectors and services are imported; the exceptions may only become fewer."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXCEPTIONS = Path(__file__).with_name("imports_across_apps.txt")
# The domain. `common` and `idempotency` are there for all of it; pages and processes stand above it.
APPS = (
    *("accounts", "events", "allocations", "sales", "transfers", "offline", "alerts"),
    *("boxoffice", "partners", "exchange", "planning", "golive"),
)
OPEN = {"models", "enums", "errors", "selectors", "services"}
# The door to stock and the set-up that a sale is planned on: whoever sells goes through these. Where it is noted that a
# channel was heard of, and what it may have sold since. What whoever sells says, and asks: an order, an offer, the counters
# that it rests on, and through which channels. How a sync is read,
# for the doors that take one; what is proved
# of an app beside stock and bookings. What a go-live checklist rehearses on and reads: a copy, a policy, its document;
# and that one worker at a time is at work. How a change is asked for that somebody has to approve, which alert rules and
# which policy speak for an event. Where screens are told of an event, and in which state of selling it is.
PUBLISHED = {
    "accounts.language",
    *("events.live", "sales.event_state"),
    *("allocations.ledger", "allocations.setup", "allocations.counters", "allocations.sellers"),
    *("allocations.contacts", "allocations.unreported", "allocations.approval"),
    *("alerts.kinds", "alerts.rules"),
    *("sales.orders", "sales.offers", "sales.values"),
    # Pure functions and what they read: what-if decides by them on stock in memory.
    *("transfers.dynamic.forecast", "transfers.dynamic.split", "transfers.dynamic.reading"),
    "sales.rules",
    *("offline.requests", "sales.reconcile"),
    *("allocations.copying", "transfers.policy", "transfers.workflow", "exchange.progress"),
    # What a channel asks of its own units: by its program, or at its counter.
    "transfers.partner_requests",
}
# What a plan says and what comes of it: free of the database, and read by whoever plans.
PLANS = "allocations.plans."
# Late sales are booked by the rules of all sales, and are made of the same parts.
HALVES = {("offline", "sales")}


def imports() -> Iterator[tuple[str, str]]:
    """Module that imports → module of another app that it imports, other than those that are open to all."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            importer = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for module in modules_in(path):
                other, *inner = module.split(".")
                is_open = OPEN & set(inner) or module in PUBLISHED or (app, other) in HALVES
                is_open = is_open or module.startswith(PLANS)
                if other in APPS and other != app and inner and not is_open:
                    yield importer, module


def modules_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                named = f"{node.module}.{alias.name}"
                is_module = (ROOT / named.replace(".", "/")).with_suffix(".py").exists()
                yield named if is_module else node.module


def test_no_exception_is_added() -> None:
    lines = {f"{importer} -> {module}" for importer, module in imports()}
    written = EXCEPTIONS.read_text().splitlines()
    assert sorted(lines - set(written)) == [], "Put it behind a selector or a service of that app."
    assert sorted(set(written) - lines) == [], "Well done. Take these lines out of the list."
