from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from alerts import dlt
from alerts.enums import TO_PEOPLE, Transport
from alerts.transports import transport_of
from allocations.models import SalesChannel
from common.history import history
from common.names import NameField, holds_a_name
from events.models import Venue
from events.models.venue import validate_time_zone

A_DAY = 24 * 60
# The roles that a venue's four first teams are of. Partners are told by their channels' endpoints.
TEAM_ROLES = (Role.VENUE_MANAGER, Role.BOX_OFFICE, Role.PARTNER_MANAGER, Role.FINANCE)


class AlertTeam(models.Model):
    """Who is told together: people by their role at the venue, more by name, and shared endpoints.

    A venue begins with a team for each of ``TEAM_ROLES`` (``alerts.venue_beginnings``). One without a venue is told of
    what concerns all of them; its people are those who administer the system.
    """

    venue = models.ForeignKey(
        Venue, models.CASCADE, null=True, blank=True, related_name="alert_teams"
    )
    name = NameField(_("name"), max_length=100)
    role = models.CharField(
        _("role"),
        max_length=20,
        blank=True,
        choices=[(role.value, role.label) for role in TEAM_ROLES],
        help_text=_("Empty: a team of your own, of the people named below."),
    )
    has_everyone = models.BooleanField(
        _("everyone with this role"),
        default=True,
        db_default=True,
        help_text=_("All people who have the role at this venue, now and later."),
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="alert_teams",
        verbose_name=_("members"),
        help_text=_("Each is told by e-mail."),
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(
        _("quiet until"),
        null=True,
        blank=True,
        help_text=_("Messages wait until then, but for those of high severity."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Of the quiet hours, e.g. Asia/Kolkata. Empty: the venue's."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=settings.LANGUAGES,
        help_text=_(
            "Of messages to shared addresses, English where none is chosen. People are told in their own."
        ),
    )
    digest_minutes = models.PositiveIntegerField(
        _("digest, minutes"),
        default=60,
        db_default=60,
        validators=[MaxValueValidator(A_DAY)],
        help_text=_("Alerts of low severity are gathered for so long, and sent as one message."),
    )

    history = history(relations=("members",))

    class Meta:
        verbose_name = _("alert team")
        ordering = ("venue", "name")
        constraints: ClassVar = (
            models.UniqueConstraint(
                "venue", Lower("name"), nulls_distinct=False, name="alertteam_name_once"
            ),
            holds_a_name("alertteam_name_normalized"),
            models.UniqueConstraint(
                fields=("venue", "role"), condition=~Q(role=""), name="alertteam_role_once"
            ),
            models.CheckConstraint(
                condition=Q(role="") | Q(venue__isnull=False, role__in=[*TEAM_ROLES]),
                name="alertteam_role_at_a_venue",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~Q(quiet_from=models.F("quiet_until")),
                name="alertteam_quiet_from_and_until",
            ),
            models.CheckConstraint(
                condition=Q(digest_minutes__range=(0, A_DAY)), name="alertteam_digest_within_a_day"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if (self.quiet_from is None) != (self.quiet_until is None):
            missing = "quiet_from" if self.quiet_from is None else "quiet_until"
            raise ValidationError({missing: _("Quiet hours have a beginning and an end.")})


DLT = ("dlt_entity", "dlt_template", "dlt_text")


class Endpoint(models.Model):
    """An address to which messages go: of a team, or of the partner of a sales channel.

    ``person`` is set where the address is that of a member and follows the membership. A permanent
    refusal disables it (``disabled_at``, with the reason); ``not_before`` is when a refusal for now is
    to be tried again. Slack's address is a secret, as is ``secret`` (of a webhook's signatures).
    """

    team = models.ForeignKey(
        AlertTeam,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="endpoints",
        verbose_name=_("team"),
    )
    channel = models.ForeignKey(
        SalesChannel,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="endpoints",
        verbose_name=_("partner of channel"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    name = NameField(
        _("name"), max_length=100, blank=True, help_text=_("E.g. #box-office, or duty phone.")
    )
    transport = models.CharField(_("by"), max_length=7, choices=Transport)
    address = models.CharField(_("address"), max_length=500)
    secret = models.CharField(
        _("signing secret"), max_length=100, blank=True, default="", editable=False
    )
    dlt_entity = models.CharField(
        _("DLT entity id"),
        max_length=30,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"\A[0-9]{6,30}\Z", _("The id is a number."))],
        help_text=_("For India: the sender's id at the registry (PE id)."),
    )
    dlt_template = models.CharField(
        _("DLT template id"),
        max_length=30,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"\A[0-9]{6,30}\Z", _("The id is a number."))],
        help_text=_("The id that the registry has given to the text below."),
    )
    dlt_text = models.CharField(
        _("registered text"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        validators=[dlt.check_text],
        help_text=_(
            "With {1} severity, {2} what, {3} where, {4} link. Every SMS to this number is this text."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    failures = models.PositiveIntegerField(
        _("failures in a row"), default=0, db_default=0, editable=False
    )
    not_before = models.DateTimeField(_("not before"), null=True, editable=False)
    disabled_at = models.DateTimeField(_("disabled"), null=True, editable=False)
    disabled_reason = models.CharField(
        _("why"), max_length=300, blank=True, default="", db_default="", editable=False
    )
    last_sent_at = models.DateTimeField(_("last sent"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    history = history(excluded=("secret", "failures", "not_before", "last_sent_at"))

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        ordering = ("team", "channel", "transport", "pk")
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(team__isnull=False, channel=None)
                | Q(team=None, channel__isnull=False, person=None),
                name="endpoint_of_team_or_channel",
            ),
            holds_a_name("endpoint_name_normalized"),
            models.UniqueConstraint(
                fields=("team", "transport", "address"), name="endpoint_once_in_team"
            ),
            models.UniqueConstraint(
                fields=("channel", "transport", "address"), name="endpoint_once_for_channel"
            ),
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="endpoint_disabled_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(person=None) | Q(transport=TO_PEOPLE),
                name="endpoint_of_person_is_email",
            ),
            models.CheckConstraint(
                condition=Q(dlt_entity="", dlt_template="", dlt_text="")
                | Q(transport=Transport.SMS)
                & ~Q(dlt_entity="")
                & ~Q(dlt_template="")
                & ~Q(dlt_text=""),
                name="endpoint_template_is_whole",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.shown_address

    def save(self, *args: object, **kwargs: object) -> None:
        if not self.secret:
            self.secret = transport_of(self.transport).new_secret()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        given = [name for name in DLT if getattr(self, name)]
        if given and len(given) < len(DLT):
            missing = next(name for name in DLT if name not in given)
            raise ValidationError(
                {missing: _("A registered template has both ids and its text, or nothing of it.")}
            )

    @property
    def template(self) -> dlt.Template | None:
        """The registered template under which SMS are sent to it."""
        if not self.dlt_text:
            return None
        return dlt.Template(self.dlt_entity, self.dlt_template, self.dlt_text)

    @property
    def shown_address(self) -> str:
        """The address, without what is secret of it."""
        return transport_of(self.transport).shown_address(self.address)
