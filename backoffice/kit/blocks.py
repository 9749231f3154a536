"""What the pages of leases and of named holds have in common: both are tickets set aside, with lines."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.kit.base import ReadOnlyInline
from backoffice.kit.scope import ScopedReadOnlyAdmin
from common.spoken_number import row_of
from common.text import local_time, money
from sales.models import Block, BlockLine


class BlockLineInline(ReadOnlyInline):
    model = BlockLine
    tab = False
    related = ("item", "block")

    @display(description=_("left"))
    def remainder(self, line: BlockLine) -> int:
        return line.left

    @display(description=_("unit price"))
    def price(self, line: BlockLine) -> str:
        return money(line.unit_price, line.block.currency)


class BlockAdmin(ScopedReadOnlyAdmin):
    venue_path = "event__venue"
    ordering = ("-pk",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        blocks: QuerySet[Any] = super().get_queryset(request).prefetch_related("lines")
        return blocks

    def _named(self, word: str) -> Q:
        """By the number that is read out, too."""
        row = row_of(word)
        return super()._named(word) | (Q(pk=row) if row is not None else Q(pk__in=()))

    @display(description=_("number"))
    def number(self, block: Block) -> str:
        return str(block)

    @display(description=_("left"))
    def remainder(self, block: Block) -> int:
        return sum(line.left for line in block.lines.all())

    @display(description=_("ended"))
    def ended(self, block: Block) -> str:
        return local_time(block.ended_at, block.event.venue.zone)
