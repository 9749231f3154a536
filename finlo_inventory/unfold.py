"""How the admin looks: name, colors, and the sidebar."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _may_view(permission: str) -> Callable[[HttpRequest], bool]:
    app, model = permission.split(".")
    return lambda request: request.user.has_perm(f"{app}.view_{model}")


def _page(title: "StrOrPromise", icon: str, model: str) -> dict[str, Any]:
    """A link to a model's list, for those who may view it."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model.replace('.', '_')}_changelist"),
        "permission": _may_view(model),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Finlo Inventory",
    "SITE_HEADER": "Finlo Inventory",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_SYMBOL": "confirmation_number",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("admin/finlo.svg"),
        }
    ],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": True,
    "STYLES": [lambda _request: static("admin/finlo.css")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97.2% .017 195)",
            "100": "oklch(93.9% .039 195)",
            "200": "oklch(88% .069 195)",
            "300": "oklch(80.5% .097 195)",
            "400": "oklch(71.5% .108 195)",
            "500": "oklch(60% .1 197)",
            "600": "oklch(48.5% .083 200)",
            "700": "oklch(42% .071 202)",
            "800": "oklch(36% .059 204)",
            "900": "oklch(31% .049 206)",
            "950": "oklch(23% .038 208)",
        },
    },
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Events"),
                "items": [
                    _page(_("Events"), "event", "events.event"),
                    _page(_("Series"), "event_repeat", "events.series"),
                    _page(_("Pools"), "database", "events.pool"),
                    _page(_("Items"), "confirmation_number", "events.item"),
                    _page(_("Venues"), "stadium", "events.venue"),
                ],
            },
            {
                "title": _("Channels"),
                "separator": True,
                "items": [
                    _page(_("Sales channels"), "storefront", "allocations.saleschannel"),
                    _page(_("Listings"), "sell", "allocations.listing"),
                    _page(_("API keys"), "key", "partners.apikey"),
                ],
            },
            {
                "title": _("Stock and ledger"),
                "separator": True,
                "items": [
                    _page(_("Stock"), "inventory_2", "allocations.stock"),
                    _page(_("Movements"), "history", "allocations.movement"),
                ],
            },
            {
                "title": _("Sales"),
                "separator": True,
                "items": [_page(_("Bookings"), "receipt_long", "sales.booking")],
            },
            {
                "title": _("People"),
                "separator": True,
                "items": [
                    _page(_("People"), "group", "accounts.user"),
                    _page(_("Roles"), "badge", "auth.group"),
                    _page(_("Locked out"), "lock_clock", "axes.accessattempt"),
                    _page(_("Sign-ins"), "login", "axes.accesslog"),
                ],
            },
        ],
    },
}
