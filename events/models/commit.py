from django.db import models
from django.utils.translation import gettext_lazy as _

from events.enums import Changing


class Commit(models.Model):
    """When the last change of something was committed; written by triggers, at the commit itself.

    Without a foreign key: it is about rows of several models, in apps above this one too.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=Changing)
    target_id = models.BigIntegerField(_("target"))
    at = models.DateTimeField(_("committed"))

    class Meta:
        default_permissions = ()  # seen where its target is
        constraints = (
            models.UniqueConstraint(fields=("kind", "target_id"), name="commit_once_per_target"),
        )
        indexes = (models.Index(fields=("kind", "at"), name="commit_by_moment"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target_id}: {self.at}"
