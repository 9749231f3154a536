import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from common.history import history
from common.names import NameField, holds_a_name

CURRENCY_STAYS = _("There are prices in this currency, and so it stays.")


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is no IANA time zone, such as Asia/Kolkata."), params={"value": value}
        )


class Venue(models.Model):
    """A place with one stock of tickets. Its time zone and currency hold for all its events."""

    name = NameField(_("name"), max_length=200)
    slug = models.SlugField(_("short name"), unique=True)
    city = NameField(_("city"), max_length=100, blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="Asia/Kolkata",
        validators=[validate_time_zone],
        help_text=_("IANA name, e.g. Asia/Kolkata. Days and sales windows follow it."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="INR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, as in ISO 4217."))],
        help_text=_("ISO 4217, e.g. INR."),
    )

    history = history()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="venue_currency_is_iso_4217"
            ),
            holds_a_name("venue_name_normalized"),
            holds_a_name("venue_city_normalized", "city"),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Its trigger raises the version of each of its events: those are locked before it.
        with transaction.atomic(savepoint=False):
            self.lock_its_events()
            super().save(*args, **kwargs)

    def lock_its_events(self) -> None:
        if self.pk is not None:
            events = self.events.select_for_update(no_key=True).order_by("pk")
            list(events.values_list("pk"))

    def clean(self) -> None:
        before = Venue.objects.filter(pk=self.pk).values_list("currency", flat=True).first()
        if before not in (None, self.currency) and self.is_priced:
            raise ValidationError({"currency": CURRENCY_STAYS})

    @property
    def is_priced(self) -> bool:
        """Whether some channel offers something here, and so names a price in its currency."""
        return self.events.filter(listings__isnull=False).exists()

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)
