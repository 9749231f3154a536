from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from allocations.models import SalesChannel
from common.history import history
from common.names import NameField, holds_a_name
from partners.enums import Scope


class ApiKey(models.Model):
    """A secret that lets a program act for one sales channel.

    The secret itself is shown once, when it is issued; ``digest`` is its SHA-256, enough for a
    secret of 256 random bits. ``prefix`` finds the row and tells keys apart on a screen.
    """

    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="api_keys")
    name = NameField(_("name"), max_length=100, help_text=_("Where the key is used."))
    prefix = models.CharField(_("prefix"), max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=20, choices=Scope), verbose_name=_("scopes"), default=list
    )
    created_at = models.DateTimeField(_("issued"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    history = history(excluded=("digest", "last_used_at"))

    class Meta:
        ordering = ("channel", "-created_at")
        verbose_name = _("API key")
        constraints = (
            holds_a_name("apikey_name_normalized"),
            models.CheckConstraint(
                condition=models.Q(scopes__len__gte=1)
                & models.Q(scopes__contained_by=list(Scope.values)),
                name="api_key_scopes_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
