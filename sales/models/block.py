from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from allocations.models import Listing, SalesChannel
from common.names import NameField, holds_a_name
from common.spoken_number import spoken
from events.models import Event, Item
from sales.enums import BlockKind, BlockStatus, HoldCategory, HoldStep
from sales.models.booking import new_uuid


class Block(models.Model):
    """So many of some items set aside under a name, and no booking: a lease of an offline terminal, or a named hold.

    What its lines have left counts as held. A sale from it is an ordinary booking, whose units pass from
    held to sold. At ``expires_at`` whoever has it should stop to sell from it; its rest stays set aside until
    ``hands_back_at``, and then goes back to where it came from. A named hold has no time between the two.

    ``category`` and the owner, a person of the venue or a name, are those of a named hold.
    """

    uuid = models.UUIDField(_("number"), unique=True, default=new_uuid, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=BlockKind)
    event = models.ForeignKey(Event, models.PROTECT, related_name="blocks")
    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="blocks")
    status = models.CharField(
        _("status"), max_length=8, choices=BlockStatus, default=BlockStatus.ACTIVE
    )
    name = NameField(_("name"), max_length=100)
    category = models.CharField(_("for"), max_length=8, choices=HoldCategory, blank=True)
    owner = by_whom(_("owner"))
    owner_name = NameField(_("owner’s name"), max_length=100, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("set aside"), db_default=Now())
    updated_at = models.DateTimeField(_("updated"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))
    hands_back_at = models.DateTimeField(_("rest is handed back"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    end_reason = models.CharField(_("reason"), max_length=300, blank=True)
    user = by_whom()
    api_key_id = models.BigIntegerField(_("API key"), null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        default_permissions = ("view",)
        permissions = (("lease_block", "Can lease, extend and hand back"),)
        indexes = (
            models.Index(
                fields=("hands_back_at",),
                condition=Q(status=BlockStatus.ACTIVE),
                name="block_active_by_end",
            ),
            models.Index(fields=("channel", "-id"), name="block_by_channel"),
            models.Index(fields=("event", "-id"), name="block_by_event"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status=BlockStatus.ACTIVE, ended_at=None)
                | (Q(ended_at__isnull=False) & ~Q(status=BlockStatus.ACTIVE)),
                name="block_ended_has_its_time",
            ),
            holds_a_name("block_name_normalized"),
            holds_a_name("block_owner_name_normalized", "owner_name"),
            models.CheckConstraint(
                condition=Q(kind=BlockKind.LEASE, category="", owner=None, owner_name="")
                | (
                    Q(kind=BlockKind.NAMED, category__in=HoldCategory.values)
                    & (Q(owner=None) ^ Q(owner_name=""))
                ),
                name="block_kind_has_its_fields",
            ),
            models.CheckConstraint(
                condition=Q(hands_back_at__gte=F("expires_at")),
                name="block_hands_back_after_it_expires",
            ),
        )

    def __str__(self) -> str:
        return spoken(self.pk)


class BlockLine(models.Model):
    """So many of one item, at the price of the day on which they were set aside.

    ``sold`` of them were sold from the block; when it ended, ``handed_back`` were left.
    """

    block = models.ForeignKey(Block, models.CASCADE, db_index=False, related_name="lines")
    number = models.PositiveSmallIntegerField(_("line"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="block_lines")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="block_lines")
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2)
    sold = models.PositiveIntegerField(_("sold"), default=0)
    handed_back = models.PositiveIntegerField(_("handed back"), default=0)

    class Meta:
        ordering = ("block", "number")
        constraints = (
            models.UniqueConstraint(fields=("block", "number"), name="block_line_number_once"),
            models.UniqueConstraint(fields=("block", "item"), name="block_line_item_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="block_line_positive"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("sold") + F("handed_back")),
                name="block_line_sold_within",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0), name="block_line_price_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.item}"

    @property
    def left(self) -> int:
        """Tickets of the line that are still set aside."""
        return self.quantity - self.sold - self.handed_back


class NamedHoldManager(models.Manager["NamedHold"]):
    def get_queryset(self) -> "models.QuerySet[NamedHold]":
        return super().get_queryset().filter(kind=BlockKind.NAMED)


class NamedHold(Block):
    """Tickets of a hidden channel that are set aside for an artist, a promoter, a sponsor or the house."""

    objects = NamedHoldManager()  # type: ignore[misc]  # of the holds alone

    class Meta:
        proxy = True
        ordering = ("-pk",)
        verbose_name = _("named hold")
        verbose_name_plural = _("named holds")
        default_permissions = ("view",)
        permissions = (
            ("keep_namedhold", "Can make, change and end named holds"),
            ("handout_namedhold", "Can hand out tickets of named holds"),
        )

    @property
    def owned_by(self) -> str:
        return str(self.owner) if self.owner_id else self.owner_name


class HoldChange(models.Model):
    """One thing that was done to a named hold: what, by whom, why, from what to what.

    ``changes`` has a line for each field or item: ``what`` (a field's name, or ``item`` with its number),
    ``before`` and ``after``. Append-only.
    """

    block = models.ForeignKey(Block, models.PROTECT, related_name="changes")
    at = models.DateTimeField(_("when"), db_default=Now())
    step = models.CharField(_("what"), max_length=9, choices=HoldStep)
    changes = models.JSONField(_("changes"), default=list)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    user = by_whom()

    class Meta:
        ordering = ("pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_step_display()} · {self.at:%Y-%m-%d %H:%M}"
