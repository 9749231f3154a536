from django.apps import AppConfig
from django.db.models.signals import pre_migrate

from common.upgrade import refuse_partly_migrated


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        # Sent for each app: once is enough.
        pre_migrate.connect(refuse_partly_migrated, sender=self)
