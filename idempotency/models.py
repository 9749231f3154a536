"""Answers that were given, for as long as a request may be repeated."""

from django.db import models
from django.db.models.functions import Now


class StoredAnswer(models.Model):
    """The answer given to a request, kept so that its repetition has the effect of one.

    Written in the transaction of the change that it answers. ``scope`` is who asked: a channel
    or a person. ``fingerprint`` tells a repetition from another request under the same key.
    """

    pk = models.CompositePrimaryKey("scope", "key")
    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (models.Index(fields=("created_at",), name="idempotency_by_age"),)

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
