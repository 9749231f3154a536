"""docs/roles.md, made from the roles and from the actions of the admin's pages."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib import admin
from django.utils import translation
from django.utils.text import capfirst

from accounts.roles import ROLES, Role, permissions_of
from allocations.sellers import MAY_SELL
from backoffice.channels.map import MAY_SEE as SEE_CHANNEL_MAP
from backoffice.channels.several import MAY_ADD as ADD_CHANNELS
from backoffice.events.timeline import SEE_QUANTITIES, SEE_TIMELINE
from backoffice.imports.pages import IMPORT
from backoffice.kit.base import BaseAdmin
from backoffice.listings.prices import MAY_PRICE as SET_PRICES
from backoffice.overview.dashboard import SEE_EVENTS, SEE_STOCK
from backoffice.transfers.statement import MAY_SEE as SEE_STATEMENT
from boxoffice.counter.selectors import GIVE_AWAY, OVERSEE, SEE_TILLS
from exchange.exports import SOURCES
from sales.selectors import SEE_SALES

HEAD = """# Who may do what

Made by `manage.py write_made_files` from `accounts/roles.py` and from the actions of the admin's
pages; a test compares it with them. A superuser may do everything, at every venue, and alone manages
people. Everybody else sees what belongs to the venues that were given to them, and nothing of any
other: in lists, forms, search boxes, actions, history, exports, on boards and through the API; another
venue's number answers like one that does not exist.

A person holds, sells, confirms, extends, changes and releases through the channels that were given to the
person (*People*, "sells through"), whatever the door: an event's page, a booking's actions, the API with a
session. At a venue of which none was given these are its physical ones: box office, kiosk, pop-up. Refunds too,
but for those who settle payments: they refund through any channel. Who sells and sets up no listings sees the
listings of these channels alone. Who sells sees his or her own tills; who sees tills and sells nothing, those of all people at
the venues. A superuser sells through all. Whoever takes sales files books those of every channel
of their venues: what was sold is only written down.

"""
VERBS = ("view", "add", "change", "delete")


def matrix() -> str:
    """The whole page."""
    with translation.override("en"):
        return "\n".join(
            (
                HEAD + "## Pages\n",
                *_table("page", _models()),
                "\n## Views\n",
                "What shows or hands out the rows of several pages at once.\n",
                *_table("view · part", views()),
                "\n## Actions\n",
                "What changes a number, a status or a key is an action with a dialog.\n",
                *_table("page · action", _actions()),
                "",
            )
        )


def _table(first: str, rows: Iterator[tuple[str, list[str]]]) -> Iterator[str]:
    yield f"| {first} | {' | '.join(role.value for role in Role)} |"
    yield "|---" * (1 + len(Role)) + "|"
    for name, cells in rows:
        yield f"| {name} | {' | '.join(cells)} |"


def _models() -> Iterator[tuple[str, list[str]]]:
    """Model → what each role may do with it, in Django's four verbs."""
    named = {label for allowed in ROLES.values() for labels in allowed for label in labels}
    models = [apps.get_model(label) for label in named]
    for model in sorted(models, key=lambda model: str(model._meta.verbose_name_plural)):
        opts = model._meta
        cells = []
        for role in Role:
            held = permissions_of(role)
            verbs = [verb for verb in VERBS if f"{opts.app_label}.{verb}_{opts.model_name}" in held]
            cells.append(", ".join(verbs) or "–")
        yield capfirst(str(opts.verbose_name_plural)), cells


def _actions() -> Iterator[tuple[str, list[str]]]:
    """Page and action → which roles have the permissions that it asks for."""
    rows = []
    for model, page in admin.site._registry.items():  # noqa: SLF001 - the site has no other list
        if not isinstance(page, BaseAdmin):
            continue
        for action in page._get_base_actions_detail():  # noqa: SLF001 - unfold has no other list
            needed = getattr(action.method, "permission", None)
            if needed is None or getattr(action, "dialog", None) is None:
                continue
            name = f"{capfirst(str(model._meta.verbose_name))} · {action.description}"
            rows.append((name, _holders(needed)))
    yield from sorted(rows)


def views() -> Iterator[tuple[str, list[str]]]:
    """Pages beside those of the models, part by part where each asks for another permission."""
    needed = {
        "Overview · events": SEE_EVENTS,
        "Overview · tickets sold and revenue": SEE_SALES,
        "Overview · events that need attention": SEE_STOCK,
        "Channel map": SEE_CHANNEL_MAP,
        "Several channels at once": ADD_CHANNELS,
        "Event prices": SET_PRICES,
        "Overdue payments": SEE_SALES,
        "Event timeline · set-up": SEE_TIMELINE,
        "Event timeline · quantities": SEE_QUANTITIES,
        "Allocation statement": SEE_STATEMENT,
        "Import and export · import": IMPORT,
        "Tills · sell, and open one's own": MAY_SELL,
        "Tills · see": SEE_TILLS,
        "Tills · see and close those of others": OVERSEE,
        "Tills · give tickets away": GIVE_AWAY,
    }
    exports = {
        f"Import and export · export of {source.title.lower()}": source.permission
        for source in SOURCES.values()
    }
    for name, permission in (needed | exports).items():
        yield name, _holders(permission)


def _holders(permission: str) -> list[str]:
    return ["yes" if permission in permissions_of(role) else "–" for role in Role]
