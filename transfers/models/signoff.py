from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models import Event


class WorkflowSignOff(models.Model):
    """That somebody has read how transfers of an event are approved, word by word. Never changed.

    ``digest`` is that of ``text``: where it is another now, something has changed since.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="workflow_sign_offs")
    text = models.TextField(_("text"))
    digest = models.CharField(max_length=64)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    at = models.DateTimeField(_("signed"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("sign-off of a transfer approval")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.event}: {self.signed_by}"
