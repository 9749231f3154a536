from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TransfersConfig(AppConfig):
    name = "transfers"
    verbose_name = _("Transfers")

    def ready(self) -> None:
        from allocations.approval import keep_with
        from events.consequences import add_finder
        from transfers import consequences
        from transfers.change_requests import keep

        add_finder(consequences.of_dates)
        keep_with(keep)
