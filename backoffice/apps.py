from django.apps import AppConfig
from django.contrib.admin import apps


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default = True


class SiteConfig(apps.AdminConfig):
    """Django's own app, with our site."""

    default = False
    default_site = "backoffice.site.Site"
