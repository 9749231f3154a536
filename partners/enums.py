from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Scope(TextChoices):
    READ = "read", _("Read")
    SELL = "sell", _("Sell")
    SYNC = "sync", _("Sync")
    MANAGE_WEBHOOKS = "manage_webhooks", _("Manage webhooks")
