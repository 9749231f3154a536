from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoxofficeConfig(AppConfig):
    name = "boxoffice"
    verbose_name = _("Box office")

    def ready(self) -> None:
        # Models are there only now.
        from boxoffice.reconcile import CHECKS
        from sales.reconcile import prove_too

        prove_too(*CHECKS)
