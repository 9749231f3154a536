from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from alerts.models import AlertTeam
from common.names import NameField, holds_a_name

LONGEST_QUERY = 2_000


class SavedView(models.Model):
    """Filters, search and order of a list of the back office under a name.

    ``listing`` is the list's model, such as ``sales.booking``. It is the owner's alone, or shown to the people of ``team``,
    each of whom sees of the list what the person may see; only the owner changes it.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", editable=False
    )
    name = NameField(_("name"), max_length=60)
    listing = models.CharField(_("list"), max_length=60)
    query = models.CharField(_("filters"), max_length=LONGEST_QUERY, blank=True)
    team = models.ForeignKey(
        AlertTeam,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shared with"),
        help_text=_("Each of the team sees of the list what the person may see. Empty: you alone."),
    )

    class Meta:
        ordering = ("name", "pk")
        default_permissions = ()
        verbose_name = _("saved view")
        indexes = (models.Index(fields=("listing", "owner"), name="saved_view_by_list"),)
        constraints: ClassVar = (
            models.UniqueConstraint("owner", "listing", Lower("name"), name="saved_view_name_once"),
            holds_a_name("saved_view_name_normalized"),
        )

    def __str__(self) -> str:
        return self.name
