from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from events.models import Venue


class Mailing(models.Model):
    """A table that is sent by e-mail to people and addresses of a venue, such as a report.

    ``columns`` are (title, whether it is of numbers); ``rows`` and ``totals`` have their cells as text. ``path`` leads to the
    page with the whole of it. Who is no address but a person gets it only while having all ``permissions``.
    """

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="+")
    subject = models.CharField(_("subject"), max_length=200)
    lead = models.CharField(_("lead"), max_length=300, blank=True)
    columns = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    totals = models.JSONField(default=list)
    more = models.CharField(max_length=200, blank=True)
    path = models.CharField(max_length=500)
    file = models.BinaryField(null=True)
    file_name = models.CharField(max_length=100, blank=True)
    permissions: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=100), default=list
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(file=None, file_name="") | (Q(file__isnull=False) & ~Q(file_name="")),
                name="mailing_file_has_a_name",
            ),
        )

    def __str__(self) -> str:
        return self.subject
