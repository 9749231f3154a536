import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from common.history import history
from common.names import NameField, holds_a_name

UPI_ADDRESS = r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}@[A-Za-z][A-Za-z0-9]{1,63}\Z"
UPI_IS_WHOLE = _("Give the UPI address and the name of its payee, or neither.")
UPI_IN_RUPEES = _("UPI pays in rupees, and this venue's currency is another one.")
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

    # To whom buyers pay by UPI: a counter shows it as a QR code. Empty where the venue takes none.
    upi_address = models.CharField(
        _("UPI address"),
        max_length=320,
        blank=True,
        default="",
        db_default="",
        validators=[
            RegexValidator(UPI_ADDRESS, _("A UPI address is like blue-hall@bank, without spaces."))
        ],
        help_text=_("To which buyers pay by UPI at a counter, e.g. blue-hall@bank."),
    )
    upi_name = NameField(
        _("UPI payee"),
        max_length=99,
        blank=True,
        default="",
        db_default="",
        help_text=_("The name that buyers see as they pay; the bank knows it with the address."),
    )

    # Of a rehearsal (golive): nobody sees it but the checklist, and it is removed after the run. Set once, for good.
    is_rehearsal = models.BooleanField(
        _("rehearsal"), default=False, db_default=False, editable=False
    )
    # Held by golive_event_is_ready() in the database, whoever puts an event on sale and however.
    requires_checklist = models.BooleanField(
        _("on sale only when ready"),
        default=False,
        db_default=False,
        help_text=_(
            "No event of the venue is put on sale before its go-live checklist is ready: run, signed, "
            "and not out of date."
        ),
    )

    history = history()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ("name",)
        indexes = (
            models.Index(
                fields=("id",), condition=models.Q(is_rehearsal=True), name="venue_rehearsals"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="venue_currency_is_iso_4217"
            ),
            holds_a_name("venue_name_normalized"),
            holds_a_name("venue_city_normalized", "city"),
            holds_a_name("venue_upi_name_normalized", "upi_name"),
            models.CheckConstraint(
                condition=models.Q(upi_address="", upi_name="")
                | (models.Q(upi_address__regex=UPI_ADDRESS) & ~models.Q(upi_name="")),
                name="venue_upi_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(upi_address="") | models.Q(currency="INR"),
                name="venue_upi_is_in_rupees",
            ),
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
        self._clean_upi()
        before = Venue.objects.filter(pk=self.pk).values_list("currency", flat=True).first()
        if before not in (None, self.currency) and self.is_priced:
            raise ValidationError({"currency": CURRENCY_STAYS})

    def _clean_upi(self) -> None:
        if bool(self.upi_address) != bool(self.upi_name):
            missing = "upi_name" if self.upi_address else "upi_address"
            raise ValidationError({missing: UPI_IS_WHOLE})
        if self.upi_address and self.currency != "INR":
            raise ValidationError({"upi_address": UPI_IN_RUPEES})

    @property
    def is_priced(self) -> bool:
        """Whether some channel offers something here, and so names a price in its currency."""
        return self.events.filter(listings__isnull=False).exists()

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)
