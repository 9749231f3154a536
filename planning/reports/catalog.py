"""All reports, what each needs to be asked, and who may read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from planning.reports import held, pace, refunds, sales, sell_through, transfers, turned_away
from planning.reports.comparison import Change, Sums, before, changes
from planning.reports.scope import Scope
from planning.reports.table import Table

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BY_ITEM: "Mapping[str, StrOrPromise]" = {
    "day": _("Day"),
    "channel": _("Channel"),
    "item": _("Item"),
    "all": _("Day, channel and item"),
}
BY_LIMIT: "Mapping[str, StrOrPromise]" = {
    "limit": _("Limit"),
    "channel": _("Channel"),
    "item": _("Item"),
    "day": _("Day"),
    "all": _("Quarter of an hour, channel, item and limit"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """``days``: which days it is about at first, counted from today; ``None`` for what is so now.

    ``groups``: by what its rows can be summed, the first unless another is chosen. ``permissions``: all of them.
    ``sums``: what is compared with the days before.
    """

    name: str
    title: "StrOrPromise"
    about: "StrOrPromise"
    icon: str
    permissions: tuple[str, ...]
    build: Callable[[Scope, str], Table]
    days: tuple[int, int] | None = (-29, 0)
    groups: "Mapping[str, StrOrPromise] | None" = None
    sums: Callable[[Scope], Sums] | None = None

    @property
    def default_group(self) -> str:
        return next(iter(self.groups)) if self.groups else ""

    def period(self, today: date) -> tuple[date, date]:
        first, last = self.days or (0, 0)
        return today + timedelta(days=first), today + timedelta(days=last)

    def compared(self, scope: Scope, today: date) -> list[Change]:
        """With as many days before; nothing where there was nothing before."""
        if self.sums is None or not (earlier := self.sums(before(scope))):
            return []
        return changes(scope, self.sums(scope), earlier, today)

    def may_be_read_by(self, user: User | AnonymousUser) -> bool:
        return user.has_perms(self.permissions)


_SALES = ("sales.view_booking",)
_STOCK = ("allocations.view_stock", "events.view_event")

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        Report(
            "sales",
            _("Sales"),
            _("Tickets and amounts by day, channel and item, without what was refunded."),
            "point_of_sale",
            _SALES,
            sales.build,
            groups=BY_ITEM,
            sums=sales.sums,
        ),
        Report(
            "pace",
            _("Pace"),
            _("An event by days before its start, beside comparable events."),
            "monitoring",
            _SALES,
            pace.build,
            None,
        ),
        Report(
            "sell-through",
            _("Sell-through"),
            _("How much of each pool, or of a channel’s part, is sold, held and left."),
            "donut_large",
            _STOCK,
            sell_through.build,
            (0, 60),
        ),
        Report(
            "transfers",
            _("Transfers"),
            _("What was to move between channels, why, and what became of it."),
            "swap_horiz",
            ("transfers.view_transfer",),
            transfers.build,
        ),
        Report(
            "refunds",
            _("Refunds"),
            _("Tickets given back, by day, channel and item."),
            "undo",
            _SALES,
            refunds.build,
            groups=BY_ITEM,
            sums=refunds.sums,
        ),
        Report(
            "turned-away",
            _("Turned away"),
            _("Tickets asked for and refused, by limit, channel, item and time."),
            "block",
            _SALES,
            turned_away.build,
            groups=BY_LIMIT,
            sums=turned_away.sums,
        ),
        Report(
            "held",
            _("Held"),
            _("What is set aside now, and by whom: holds, leases, named holds, out of sale."),
            "bookmark",
            ("sales.view_block", "sales.view_namedhold", "allocations.view_kill", *_SALES),
            held.build,
            None,
        ),
    )
}


def readable_by(user: User | AnonymousUser) -> list[Report]:
    return [report for report in REPORTS.values() if report.may_be_read_by(user)]
