from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "transfers"
    verbose_name = "Transfers"

    def ready(self) -> None:
        from events.consequences import add_finder
        from transfers import consequences

        add_finder(consequences.of_dates)
