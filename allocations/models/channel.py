from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from allocations.enums import (
    PLACES,
    Audience,
    ChannelKind,
    ChannelPlace,
    Connectivity,
    Pricing,
    Team,
)
from common.history import history
from common.names import NameField, holds_a_name
from events.models import Event, Item, PartOfEvent, Stoppable, Venue
from events.models.event import lock_events
from events.models.moments import validate_moment, within_a_century

LONGEST_HOLD_SECONDS = 7 * 24 * 3600
LONGEST_LEASE_HOURS = 7 * 24
LONGEST_GRACE_MINUTES = 7 * 24 * 60
# A safety buffer is sold out before the next sync at most once in so many syncs.
BUFFER_ONE_IN = (10, 1_000_000)
BUFFER_PERCENT = (1, 100)
LARGEST_PERCENT = 1_000
LONGEST_HOURS = 2 * 365 * 24
FREE_IS_BOUNDED = _("The channel sets its prices freely: say between which bounds.")


class SalesChannel(Stoppable):
    """A place that sells a venue's tickets, with the traits that decide how it may."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="channels")
    name = NameField(_("name"), max_length=100)
    code = models.SlugField(_("code"), help_text=_("Unique in the venue, e.g. box-office."))
    kind = models.CharField(_("kind"), max_length=12, choices=ChannelKind)
    place = models.CharField(_("place"), max_length=12, choices=ChannelPlace)
    settlement_days = models.PositiveSmallIntegerField(
        _("settlement days"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_("0: paid at once. Else a confirmed booking is due after so many days."),
    )
    audience = models.CharField(
        _("audience"), max_length=8, choices=Audience, default=Audience.IMPULSE
    )
    pricing = models.CharField(_("pricing"), max_length=5, choices=Pricing, default=Pricing.FIXED)
    connectivity = models.CharField(
        _("connectivity"), max_length=9, choices=Connectivity, default=Connectivity.REAL_TIME
    )
    default_hold_seconds = models.PositiveIntegerField(
        _("default hold, seconds"),
        default=900,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_HOLD_SECONDS)],
    )
    longest_hold_seconds = models.PositiveIntegerField(
        _("longest hold, seconds"),
        default=3600,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_HOLD_SECONDS)],
    )
    longest_lease_hours = models.PositiveSmallIntegerField(
        _("longest lease, hours"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_LEASE_HOURS)],
    )
    lease_grace_minutes = models.PositiveSmallIntegerField(
        _("grace after a lease, minutes"),
        default=120,
        validators=[MaxValueValidator(LONGEST_GRACE_MINUTES)],
    )
    # What is set aside of shared stock for a channel that reports late (offline/buffers.py).
    safety_buffer = models.BooleanField(_("safety buffer"), default=True, db_default=True)
    buffer_one_in = models.PositiveIntegerField(
        _("buffer too small, once in so many syncs"),
        default=10_000,
        db_default=10_000,
        validators=[MinValueValidator(BUFFER_ONE_IN[0]), MaxValueValidator(BUFFER_ONE_IN[1])],
    )
    buffer_percent = models.PositiveSmallIntegerField(
        _("buffer at most, % of the shared stock"),
        default=50,
        db_default=50,
        validators=[MinValueValidator(BUFFER_PERCENT[0]), MaxValueValidator(BUFFER_PERCENT[1])],
    )
    team = models.CharField(
        _("looked after by"), max_length=10, choices=Team, default=Team.BOX_OFFICE
    )
    stop_reason = models.CharField(
        _("stop-sell reason"),
        max_length=200,
        blank=True,
        help_text=_("While this says why, the channel can start no sale."),
    )
    # What is usual for it: copied to what it begins to sell of a new event (allocations/usual.py).
    usual_percent = models.DecimalField(
        _("price, % of the list price"),
        max_digits=6,
        decimal_places=2,
        default=100,
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST_PERCENT)],
    )
    usual_floor_percent = models.DecimalField(
        _("floor, % of the list price"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST_PERCENT)],
    )
    usual_ceiling_percent = models.DecimalField(
        _("ceiling, % of the list price"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST_PERCENT)],
    )
    usual_limit = models.PositiveIntegerField(_("limit of each item"), null=True, blank=True)
    usual_opens_hours = models.PositiveIntegerField(
        _("opens, hours before the start"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_HOURS)],
    )
    usual_closes_hours = models.PositiveIntegerField(
        _("closes, hours before the start"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_HOURS)],
    )
    usual_draws = models.BooleanField(_("draws on the open stock"), default=False)

    history = history()

    class Meta:
        ordering = ("venue", "kind", "name")
        verbose_name = _("sales channel")
        constraints = (
            models.UniqueConstraint(fields=("venue", "code"), name="channel_code_unique_in_venue"),
            models.UniqueConstraint("venue", Lower("name"), name="channel_name_unique_in_venue"),
            holds_a_name("channel_name_normalized"),
            models.CheckConstraint(
                condition=Q(default_hold_seconds__gte=1)
                & Q(default_hold_seconds__lte=F("longest_hold_seconds"))
                & Q(longest_hold_seconds__lte=LONGEST_HOLD_SECONDS),
                name="channel_hold_within_longest",
            ),
            models.CheckConstraint(
                condition=Q(longest_lease_hours__range=(1, LONGEST_LEASE_HOURS))
                & Q(lease_grace_minutes__lte=LONGEST_GRACE_MINUTES),
                name="channel_lease_within_reason",
            ),
            models.CheckConstraint(
                condition=Q(buffer_one_in__range=BUFFER_ONE_IN)
                & Q(buffer_percent__range=BUFFER_PERCENT),
                name="channel_buffer_within_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    *(Q(kind=kind, place__in=places) for kind, places in PLACES.items()),
                    _connector=Q.OR,
                ),
                name="channel_place_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(usual_percent__range=(0, LARGEST_PERCENT))
                & (
                    Q(usual_floor_percent=None)
                    | Q(usual_floor_percent__gte=0, usual_floor_percent__lte=F("usual_percent"))
                )
                & (
                    Q(usual_ceiling_percent=None)
                    | Q(
                        usual_ceiling_percent__gte=F("usual_percent"),
                        usual_ceiling_percent__lte=LARGEST_PERCENT,
                    )
                ),
                name="channel_usual_price_between_bounds",
            ),
            models.CheckConstraint(
                condition=Q(usual_opens_hours=None)
                | Q(usual_closes_hours=None)
                | Q(usual_opens_hours__gt=F("usual_closes_hours")),
                name="channel_usual_window_in_order",
            ),
            models.CheckConstraint(
                condition=(Q(usual_opens_hours=None) | Q(usual_opens_hours__lte=LONGEST_HOURS))
                & (Q(usual_closes_hours=None) | Q(usual_closes_hours__lte=LONGEST_HOURS)),
                name="channel_usual_hours_within_reason",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Its trigger raises the version of every event that lists it: those are locked before it.
        with transaction.atomic(savepoint=False):
            self.lock_its_events()
            super().save(*args, **kwargs)

    def lock_its_events(self) -> None:
        if self.pk is not None:
            lock_events(Q(pk__in=Listing.objects.filter(channel=self.pk).values("event")))

    def clean(self) -> None:
        if self.kind and self.place and self.place not in PLACES[ChannelKind(self.kind)]:
            fitting = ", ".join(str(place.label) for place in PLACES[ChannelKind(self.kind)])
            raise ValidationError(
                {
                    "place": _("%(kind)s has: %(fitting)s.")
                    % {"kind": ChannelKind(self.kind).label, "fitting": fitting}
                }
            )


class Listing(Stoppable, PartOfEvent):
    """An item as one sales channel offers it: price, limit, sales window, on or off."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="listings", editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="listings")
    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="listings")
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )
    price_floor = models.DecimalField(
        _("price floor"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    price_ceiling = models.DecimalField(
        _("price ceiling"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    limit = models.PositiveIntegerField(_("limit"), null=True, blank=True, editable=False)
    sales_from = models.DateTimeField(
        _("sales from"), null=True, blank=True, validators=[validate_moment]
    )
    sales_until = models.DateTimeField(
        _("sales until"), null=True, blank=True, validators=[validate_moment]
    )
    is_on = models.BooleanField(_("on"), default=True)
    stop_reason = models.CharField(
        _("stop-sell reason"),
        max_length=200,
        blank=True,
        help_text=_("While this says why, the channel can start no sale of the item."),
    )

    history = history()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        ordering = ("item", "channel")
        constraints = (
            models.UniqueConstraint(fields=("item", "channel"), name="listing_once_per_channel"),
            models.CheckConstraint(condition=Q(price__gte=0), name="listing_price_not_negative"),
            models.CheckConstraint(
                condition=(Q(price_floor=None) | Q(price_floor__gte=0, price_floor__lte=F("price")))
                & (Q(price_ceiling=None) | Q(price_ceiling__gte=F("price"))),
                name="listing_price_between_floor_and_ceiling",
            ),
            models.CheckConstraint(
                condition=Q(sales_from=None)
                | Q(sales_until=None)
                | Q(sales_until__gt=F("sales_from")),
                name="listing_sales_window_in_order",
            ),
            models.CheckConstraint(
                condition=within_a_century("sales_from", "sales_until"),
                name="listing_dates_within_a_century",
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} · {self.channel}"

    def of_event(self) -> int:
        return self.event_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.event_id = self.item.event_id
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if self.item_id and self.channel_id and self.channel.venue_id != self.item.event.venue_id:
            raise ValidationError({"channel": _("This channel belongs to another venue.")})
        if self.channel_id and self.channel.pricing == Pricing.FREE:
            unbounded = [
                name for name in ("price_floor", "price_ceiling") if getattr(self, name) is None
            ]
            if unbounded:
                raise ValidationError(dict.fromkeys(unbounded, FREE_IS_BOUNDED))
