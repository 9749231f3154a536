from django.apps import AppConfig, apps
from django.db.models.signals import pre_migrate

from common.upgrade import refuse_partly_migrated


class FinloInventoryConfig(AppConfig):
    name = "finlo_inventory"

    def ready(self) -> None:
        # Sent for each app that has models: once is enough, and accounts is the first of ours.
        pre_migrate.connect(refuse_partly_migrated, sender=apps.get_app_config("accounts"))
