from decimal import Decimal

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from allocations.enums import SETUP_MOVEMENTS, DocumentKind, MovementKind, StockKind
from allocations.models.channel import Listing, SalesChannel
from common.names import NameField, holds_a_name
from events.models import Event, Item, Pool
from events.models.moments import within_a_century


class Stock(models.Model):
    """A counter row. Written by ``allocations/ledger.py`` alone; see docs/ledger.md.

    CHANNEL: a pool's allocation to a channel. OPEN: a pool's common stock, the general row and
    named ones for groups of channels. KILLED: what of a pool is out of sale (``allocations/kills/services.py``).
    LIMIT: what a listing's or an item's limit leaves; it is no part of the pool. All units are the
    pool's, of a LIMIT row the item's.

    ``draws_on`` with its window says where a channel takes its shortfall at the moment of a
    sale, ``ceiling`` how far its quantity may grow by that. At ``releases_at`` what is unsold of
    an allocation returns to the open row, and what is given back later goes there too.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="stock")
    kind = models.CharField(_("kind"), max_length=7, choices=StockKind)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, related_name="stock")
    channel = models.ForeignKey(SalesChannel, models.PROTECT, null=True, related_name="stock")
    listing = models.ForeignKey(Listing, models.PROTECT, null=True, related_name="stock")
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="stock")
    name = NameField(
        _("name"), max_length=100, blank=True, help_text=_("Of a named open row; else empty.")
    )

    quantity = models.IntegerField(_("quantity"), default=0)
    held = models.IntegerField(_("held"), default=0)
    sold = models.IntegerField(_("sold"), default=0)
    drawn = models.IntegerField(_("drawn"), default=0)
    version = models.BigIntegerField(_("version"), default=0)

    draws_on = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="drawn_by", verbose_name=_("draws on")
    )
    draws_from = models.DateTimeField(_("draws from"), null=True)
    draws_until = models.DateTimeField(_("draws until"), null=True)
    ceiling = models.IntegerField(_("ceiling"), null=True)
    releases_at = models.DateTimeField(_("releases at"), null=True)

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        ordering = ("pk",)
        permissions = (
            ("move_stock", "Can change allocations"),
            ("resize_stock", "Can change capacity and limits"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(held__gte=0), name="stock_held_not_negative"),
            models.CheckConstraint(condition=Q(sold__gte=0), name="stock_sold_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("held") + F("sold")), name="stock_never_oversold"
            ),
            models.CheckConstraint(
                condition=Q(drawn__gte=0, drawn__lte=F("held") + F("sold")),
                name="stock_drawn_within_use",
            ),
            models.CheckConstraint(
                condition=Q(ceiling=None) | Q(quantity__lte=F("ceiling")),
                name="stock_within_ceiling",
            ),
            models.CheckConstraint(
                condition=~Q(kind=StockKind.OPEN) | Q(held=0, sold=0, drawn=0),
                name="stock_open_row_sells_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(kind=StockKind.KILLED) | Q(held=0, sold=0, drawn=0),
                name="stock_out_of_sale_sells_nothing",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=StockKind.CHANNEL,
                    pool__isnull=False,
                    channel__isnull=False,
                    listing=None,
                    item=None,
                    name="",
                )
                | Q(kind=StockKind.OPEN, pool__isnull=False, channel=None, listing=None, item=None)
                | Q(
                    kind=StockKind.KILLED,
                    pool__isnull=False,
                    channel=None,
                    listing=None,
                    item=None,
                    name="",
                )
                | Q(
                    kind=StockKind.LIMIT,
                    pool=None,
                    channel=None,
                    listing__isnull=False,
                    item=None,
                    name="",
                )
                | Q(
                    kind=StockKind.LIMIT,
                    pool=None,
                    channel=None,
                    listing=None,
                    item__isnull=False,
                    name="",
                ),
                name="stock_kind_has_its_owner",
            ),
            models.CheckConstraint(
                condition=Q(kind=StockKind.CHANNEL)
                | Q(draws_on=None, draws_from=None, draws_until=None, ceiling=None, drawn=0),
                name="stock_only_channels_draw",
            ),
            models.CheckConstraint(
                condition=Q(drawn=0) | Q(draws_on__isnull=False),
                name="stock_drawn_from_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(draws_from=None)
                | Q(draws_until=None)
                | Q(draws_until__gt=F("draws_from")),
                name="stock_draw_window_in_order",
            ),
            models.CheckConstraint(
                condition=within_a_century("draws_from", "draws_until"),
                name="stock_draw_window_within_a_century",
            ),
            models.CheckConstraint(
                condition=Q(releases_at=None)
                | Q(kind=StockKind.CHANNEL)
                | (Q(kind=StockKind.OPEN) & ~Q(name="")),
                name="stock_only_allocations_are_released",
            ),
            models.CheckConstraint(
                condition=within_a_century("releases_at"),
                name="stock_release_within_a_century",
            ),
            models.UniqueConstraint(
                fields=("pool", "channel"),
                condition=Q(kind=StockKind.CHANNEL),
                name="stock_one_row_per_pool_and_channel",
            ),
            models.UniqueConstraint(
                "pool",
                Lower("name"),
                condition=Q(kind=StockKind.OPEN),
                name="stock_one_open_row_per_name",
            ),
            models.UniqueConstraint(
                fields=("pool",),
                condition=Q(kind=StockKind.KILLED),
                name="stock_one_row_out_of_sale",
            ),
            holds_a_name("stock_name_normalized"),
            models.UniqueConstraint(fields=("listing",), name="stock_one_limit_per_listing"),
            models.UniqueConstraint(fields=("item",), name="stock_one_limit_per_item"),
        )
        indexes = (
            models.Index(
                fields=("releases_at",),
                condition=Q(releases_at__isnull=False),
                name="stock_to_release",
            ),
        )

    def __str__(self) -> str:
        if self.kind == StockKind.CHANNEL:
            return f"{self.pool} · {self.channel}"
        if self.kind == StockKind.OPEN:
            return f"{self.pool} · {self.name or _('open stock')}"
        if self.kind == StockKind.KILLED:
            return f"{self.pool} · {_('out of sale')}"
        return f"{self.listing or self.item} · {_('limit')}"

    @property
    def free(self) -> int:
        """Units of this row alone that are neither held nor sold."""
        return self.quantity - self.held - self.sold

    @property
    def own_quantity(self) -> int:
        """The allocation, without what was drawn from an open row."""
        return self.quantity - self.drawn

    @property
    def own_sold(self) -> int:
        """Units sold of the allocation itself: what is drawn is counted as held first."""
        return min(self.sold, self.held + self.sold - self.drawn)

    @property
    def sell_through(self) -> Decimal | None:
        """Percent of its own allocation that a channel has sold; ``None`` where it has none."""
        if self.kind != StockKind.CHANNEL or self.own_quantity == 0:
            return None
        return 100 * Decimal(self.own_sold) / self.own_quantity


class Movement(models.Model):
    """One line of the ledger: what changed on one stock row, the balances after, who and why.

    Append-only. It names its row and its person without a foreign key in the database: such a
    key would lock the hot row once more (docs/ledger.md).
    """

    id = models.BigAutoField(primary_key=True)
    stock = models.ForeignKey(
        Stock, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="movements"
    )
    version = models.BigIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=12, choices=MovementKind)
    delta_quantity = models.IntegerField(_("Δ quantity"))
    delta_held = models.IntegerField(_("Δ held"))
    delta_sold = models.IntegerField(_("Δ sold"))
    delta_drawn = models.IntegerField(_("Δ drawn"))
    quantity = models.IntegerField(_("quantity after"))
    held = models.IntegerField(_("held after"))
    sold = models.IntegerField(_("sold after"))
    drawn = models.IntegerField(_("drawn after"))
    document_kind = models.CharField(
        _("document"), max_length=12, choices=DocumentKind, default=DocumentKind.NONE
    )
    document_id = models.BigIntegerField(_("document number"), null=True)
    user = by_whom(None)
    api_key_id = models.BigIntegerField(_("API key"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # For the venue alone, where partners read the reason.
    internal_note = models.CharField(
        _("internal note"), max_length=300, blank=True, default="", db_default=""
    )
    # Before and after, where the line changed them; moments in ISO 8601.
    terms = models.JSONField(_("drawing terms"), null=True)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("stock", "version"), name="movement_version_once_per_row"
            ),
        )
        indexes = (
            models.Index(
                fields=("document_kind", "document_id"),
                condition=Q(document_id__isnull=False),
                name="movement_by_document",
            ),
            models.Index(
                fields=("stock", "-id"),
                condition=Q(kind__in=SETUP_MOVEMENTS),
                name="movement_beside_sales",
            ),
            # A sale adds to it once in many pages, and it finds a day among years.
            BrinIndex(fields=("at",), name="movement_by_time", autosummarize=True),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.stock_id} · {self.version}"
