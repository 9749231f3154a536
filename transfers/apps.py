from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "transfers"
    verbose_name = "Transfers"

    def ready(self) -> None:
        from allocations.approval import keep_with
        from events.consequences import add_finder
        from transfers import consequences
        from transfers.change_requests import keep

        add_finder(consequences.of_dates)
        keep_with(keep)
