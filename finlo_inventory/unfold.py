"""How the admin looks: name, colors, and the sidebar."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _may_view(permission: str) -> Callable[[HttpRequest], bool]:
    app, model = permission.split(".")
    return lambda request: request.user.has_perm(f"{app}.view_{model}")


def _page(title: "StrOrPromise", icon: str, model: str, query: str = "") -> dict[str, Any]:
    """A link to a model's list, for those who may view it."""
    name = f"admin:{model.replace('.', '_')}_changelist"
    return {
        "title": title,
        "icon": icon,
        "link": format_lazy("{}{}", reverse_lazy(name), f"?{query}" if query else ""),
        "permission": _may_view(model),
    }


def _screen(title: "StrOrPromise", icon: str, name: str, *permissions: str) -> dict[str, Any]:
    """A link to a page outside the back office, for those who have one of the permissions."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"boxoffice:{name}"),
        "permission": lambda request: any(map(request.user.has_perm, permissions)),
    }


def _may_report(request: HttpRequest) -> bool:
    """The lists of reports are for who may read any of them (planning/reports/catalog.py)."""
    return request.user.has_perm("sales.view_booking") or request.user.has_perm(
        "allocations.view_stock"
    )


def _is_channel_page(request: HttpRequest) -> bool:
    return _is_page_of("allocations_saleschannel", request, "map")


def _is_booking_page(request: HttpRequest) -> bool:
    return _is_page_of("sales_booking", request, "overdue", "erase")


def _is_queue(request: HttpRequest) -> bool:
    is_list = request.path == reverse("admin:transfers_transfer_changelist")
    return is_list and request.GET.get("decision") == "waiting"


def _is_transfer_page(request: HttpRequest) -> bool:
    is_own = request.path.startswith(reverse("admin:transfers_transfer_changelist"))
    return is_own and not _is_queue(request)


def _is_page_of(model: str, request: HttpRequest, *beside: str) -> bool:
    """Some pages stand below the list's address, and have links of their own."""
    is_other = any(request.path == reverse(f"admin:{model}_{name}") for name in beside)
    return request.path.startswith(reverse(f"admin:{model}_changelist")) and not is_other


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
    "DASHBOARD_CALLBACK": "backoffice.overview.dashboard.show",
    "STYLES": [
        lambda _request: static("admin/finlo.css"),
        lambda _request: static("admin/transfers.css"),
        lambda _request: static("admin/alerts.css"),
        lambda _request: static("admin/alert_setup.css"),
        lambda _request: static("admin/finding/find.css"),
    ],
    "SCRIPTS": [
        lambda _request: static("admin/alerts.js"),
        lambda _request: static("admin/dialogs.js"),
        lambda _request: static("admin/frame.js"),
        lambda _request: static("admin/network.js"),
        lambda _request: static("admin/print_light.js"),
    ],
    "BORDER_RADIUS": "6px",
    # The navy of the live board (static/css/base.css): 600 is its link, 800 its bar.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .013 254)",
            "100": "oklch(93.5% .029 254)",
            "200": "oklch(88% .055 254)",
            "300": "oklch(80.5% .096 254)",
            "400": "oklch(73% .118 254)",
            "500": "oklch(66% .13 254)",
            "600": "oklch(42.4% .109 254)",
            "700": "oklch(38% .098 255)",
            "800": "oklch(33.2% .083 256)",
            "900": "oklch(28% .068 256)",
            "950": "oklch(21% .05 257)",
        },
    },
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("language")},
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Events"),
                "items": [
                    _page(_("Events"), "event", "events.event", "when=coming"),
                    _page(_("Series"), "event_repeat", "events.series"),
                    _page(_("Pools"), "database", "events.pool"),
                    _page(_("Items"), "confirmation_number", "events.item"),
                    _page(_("Venues"), "stadium", "events.venue"),
                    {
                        "title": _("Import and export"),
                        "icon": "swap_vert",
                        "link": reverse_lazy("admin:exchange_hub"),
                        "permission": _may_view("events.event"),
                    },
                ],
            },
            {
                "title": _("Channels"),
                "separator": True,
                "items": [
                    {
                        "title": _("Channel map"),
                        "icon": "account_tree",
                        "link": reverse_lazy("admin:allocations_saleschannel_map"),
                        "permission": _may_view("allocations.saleschannel"),
                    },
                    _page(_("Sales channels"), "storefront", "allocations.saleschannel")
                    | {"active": _is_channel_page},
                    _page(_("Listings"), "sell", "allocations.listing"),
                    _page(_("API keys"), "key", "partners.apikey"),
                ],
            },
            {
                "title": _("Stock and ledger"),
                "separator": True,
                "items": [
                    _page(_("Stock"), "inventory_2", "allocations.stock"),
                    _page(_("Out of sale"), "event_seat", "allocations.kill"),
                    _page(_("Movements"), "history", "allocations.movement"),
                ],
            },
            {
                "title": _("Transfers"),
                "separator": True,
                "items": [
                    _page(_("Approvals"), "approval", "transfers.transfer", "decision=waiting")
                    | {
                        "active": _is_queue,
                        "badge": "backoffice.transfers.lists.badge",
                        "badge_variant": "warning",
                    },
                    _page(_("Transfers"), "swap_horiz", "transfers.transfer")
                    | {"active": _is_transfer_page},
                    _page(_("Transfer rules"), "rule_settings", "transfers.transferrule"),
                    _page(_("Transfer policies"), "policy", "transfers.transferpolicy"),
                ],
            },
            {
                "title": _("Alerts"),
                "separator": True,
                "items": [
                    _page(_("Board"), "notifications_active", "alerts.alert")
                    | {"badge": "backoffice.alerts.board.badge", "live": "/ws/alerts/"},
                    _page(_("Alert rules"), "tune", "alerts.alertrule"),
                    _page(_("Teams"), "groups", "alerts.alertteam"),
                    _page(_("Endpoints"), "contact_mail", "alerts.endpoint"),
                    _page(_("Deliveries"), "outgoing_mail", "alerts.delivery"),
                ],
            },
            {
                "title": _("Sales"),
                "separator": True,
                "items": [
                    _page(_("Bookings"), "receipt_long", "sales.booking")
                    | {"active": _is_booking_page},
                    _page(_("Named holds"), "bookmark", "sales.namedhold"),
                    {
                        "title": _("Overdue payments"),
                        "icon": "running_with_errors",
                        "link": reverse_lazy("admin:sales_booking_overdue"),
                        "permission": _may_view("sales.booking"),
                    },
                    {
                        "title": _("Erase contacts"),
                        "icon": "person_off",
                        "link": reverse_lazy("admin:sales_booking_erase"),
                        "permission": lambda request: request.user.has_perm("sales.erase_booking"),
                    },
                ],
            },
            {
                "title": _("Counter and screens"),
                "separator": True,
                "items": [
                    _screen(_("Sell"), "point_of_sale", "sell", "sales.sell_booking"),
                    _screen(_("Tills"), "payments", "tills", "boxoffice.view_shift"),
                    _screen(
                        *(_("Guest lists"), "checklist", "guest_lists"),
                        *("sales.handout_namedhold", "sales.keep_namedhold"),
                    ),
                    _screen(_("Live screens"), "monitoring", "boards", "allocations.view_stock"),
                ],
            },
            {
                "title": _("Planning"),
                "separator": True,
                "items": [
                    {
                        "title": _("Reports"),
                        "icon": "monitoring",
                        "link": reverse_lazy("reports:index"),
                        "permission": _may_report,
                        "active": lambda request: request.path.startswith(reverse("reports:index")),
                    },
                    _page(_("What-if"), "science", "planning.whatifrun"),
                    _page(_("Scheduled reports"), "outgoing_mail", "planning.reportschedule"),
                ],
            },
            {
                "title": _("Late sales"),
                "separator": True,
                "items": [
                    _page(_("Leases"), "cloud_off", "sales.block"),
                    _page(_("Conflicts"), "report", "offline.conflict", "status__exact=OPEN")
                    | {
                        "badge": "backoffice.late_sales.conflict.badge",
                        "badge_variant": "warning",
                    },
                    _page(_("Syncs"), "sync", "offline.sync"),
                    _page(_("Sales files"), "upload_file", "offline.salesfile"),
                ],
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
