from django.urls import URLPattern, path

from boxoffice.access import KeyCheck
from boxoffice.consumers import EventSocket


def websocket_urlpatterns(*, check_key: KeyCheck) -> list[URLPattern]:
    """``check_key`` is given, because partners and box office do not import one another."""
    return [
        # An ASGI application is not a view; Channels' router calls it as what it is.
        path("ws/events/<int:event_id>/", EventSocket(check_key)),  # type: ignore[arg-type]
    ]
