from typing import ClassVar

from django.apps import AppConfig


class BoxofficeConfig(AppConfig):
    name = "boxoffice"
    verbose_name = "Box office"

    # Who checks an API key on a WebSocket. Partners and box office do not import one another, so
    # it is named here and looked up when the first key comes.
    key_check: ClassVar[str] = "partners.selectors.authenticate"
