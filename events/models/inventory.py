from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common.history import history
from common.names import NameField, holds_a_name
from events.enums import ItemKind, UnitType
from events.models.event import Event
from events.models.moments import validate_moment, within_a_century
from events.models.part import PartOfEvent
from events.models.searching import found_by_part
from events.models.stoppable import Stoppable

# A table, a coach or a school class; a number beyond is a slip of the pen.
MAX_UNITS = 1_000


class Pool(PartOfEvent):
    """Parent inventory: a capacity that physically exists, such as 300 parking spaces.

    ``capacity`` is written through the ledger alone, with the open stock it adds to.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="pools")
    name = NameField(_("name"), max_length=100)
    capacity = models.PositiveIntegerField(_("capacity"), default=0, editable=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    history = history()

    class Meta:
        verbose_name = _("pool")
        verbose_name_plural = _("pools")
        ordering = ("event", "position", "pk")
        constraints = (
            models.UniqueConstraint("event", Lower("name"), name="pool_name_unique_in_event"),
            holds_a_name("pool_name_normalized"),
        )
        indexes = (found_by_part("name", name="pool_by_part_of_name"),)

    def __str__(self) -> str:
        return self.name

    def of_event(self) -> int:
        return self.event_id


class Item(Stoppable, PartOfEvent):
    """Child inventory: what is sold. Its components say which pools one of it takes from.

    ``limit`` caps what all channels together may sell of it; set it through the limit service,
    which keeps the counter behind it in step.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="items")
    name = NameField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=ItemKind, default=ItemKind.STANDALONE)
    unit_type = models.CharField(
        _("unit type"), max_length=8, choices=UnitType, default=UnitType.ADULT
    )
    limit = models.PositiveIntegerField(_("limit"), null=True, blank=True, editable=False)
    min_per_booking = models.PositiveSmallIntegerField(
        _("minimum per booking"), default=1, validators=[MinValueValidator(1)]
    )
    max_per_booking = models.PositiveSmallIntegerField(
        _("maximum per booking"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    sales_from = models.DateTimeField(
        _("sales from"), null=True, blank=True, validators=[validate_moment]
    )
    sales_until = models.DateTimeField(
        _("sales until"), null=True, blank=True, validators=[validate_moment]
    )
    stop_reason = models.CharField(
        _("stop-sell reason"),
        max_length=200,
        blank=True,
        help_text=_("While this says why, no channel can start a sale of the item."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    pools: "models.ManyToManyField[Pool, Component]" = models.ManyToManyField(
        Pool, through="Component", related_name="items"
    )

    history = history()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ("event", "position", "pk")
        indexes = (found_by_part("name", name="item_by_part_of_name"),)
        constraints = (
            models.UniqueConstraint("event", Lower("name"), name="item_name_unique_in_event"),
            holds_a_name("item_name_normalized"),
            models.CheckConstraint(
                condition=Q(min_per_booking__gte=1), name="item_min_per_booking_positive"
            ),
            models.CheckConstraint(
                condition=Q(max_per_booking=None) | Q(max_per_booking__gte=F("min_per_booking")),
                name="item_max_per_booking_reaches_min",
            ),
            models.CheckConstraint(
                condition=Q(sales_from=None)
                | Q(sales_until=None)
                | Q(sales_until__gt=F("sales_from")),
                name="item_sales_window_in_order",
            ),
            models.CheckConstraint(condition=Q(kind__in=ItemKind.values), name="item_kind_known"),
            models.CheckConstraint(
                condition=within_a_century("sales_from", "sales_until"),
                name="item_dates_within_a_century",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def of_event(self) -> int:
        return self.event_id


class Component(PartOfEvent):
    """How many units of a pool one of an item takes. Frozen once the item has sold."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="components")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="components")
    units = models.PositiveSmallIntegerField(
        _("units"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_UNITS)]
    )

    history = history()

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ("item", "pool")
        constraints = (
            models.UniqueConstraint(fields=("item", "pool"), name="component_pool_once_in_item"),
            models.CheckConstraint(condition=Q(units__gte=1), name="component_units_positive"),
            models.CheckConstraint(
                condition=Q(units__lte=MAX_UNITS), name="component_units_within_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.units} × {self.pool}"

    def of_event(self) -> int:
        return self.item.event_id

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        if self.item_id and self.pool_id and self.pool.event_id != self.item.event_id:
            errors["pool"] = _("This pool belongs to another event.")
        if errors:
            raise ValidationError(errors)
