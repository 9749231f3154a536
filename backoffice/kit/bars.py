"""Bars of sold, held and free units, which tell by hatching and numbers as well as by color."""

from typing import NamedTuple, Protocol

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t

from allocations.sellable import Counters


class Use(NamedTuple):
    """What has become of a quantity; ``out`` of a pool is out of sale, beside it."""

    quantity: int
    held: int
    sold: int
    out: int = 0

    @property
    def free(self) -> int:
        return self.quantity - self.held - self.sold


class Used(Counters, Protocol):
    """Anything with such numbers."""

    @property
    def free(self) -> int: ...


def stock_bar(use: Used) -> SafeString:
    """The bar, and the three numbers under it."""
    return format_html(
        '<div class="finlo-stock"><div class="finlo-bar" aria-hidden="true">'
        '<i class="finlo-sold" style="width:{}%"></i><i class="finlo-held" style="width:{}%"></i>'
        "</div><p>{}</p></div>",
        percent(use.sold, use.quantity),
        percent(use.held, use.quantity),
        words(use),
    )


def words(use: Used) -> str:
    """E.g. ``312 sold · 14 held · 674 free``; where nothing is sold, held or out of sale, that is left out."""
    parts = []
    if use.sold:
        parts.append(_t("%s sold") % f"{use.sold:,}")
    if use.held:
        parts.append(_t("%s held") % f"{use.held:,}")
    parts.append(_t("%s free") % f"{use.free:,}")
    if out := getattr(use, "out", 0):
        parts.append(_t("%s out of sale") % f"{out:,}")
    return " · ".join(parts)


def percent(part: int, whole: int) -> str:
    """With one decimal, for a width. What is there at all is seen."""
    if not part or not whole:
        return "0"
    return f"{max(100 * part / whole, 0.8):.1f}"
