from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Transport(TextChoices):
    """By what a message travels."""

    EMAIL = "EMAIL", _("E-mail")
    SLACK = "SLACK", _("Slack")
    SMS = "SMS", _("SMS")
    WEBHOOK = "WEBHOOK", _("Webhook")
