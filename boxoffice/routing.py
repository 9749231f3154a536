from django.urls import path

from boxoffice.consumers import event_socket

websocket_urlpatterns = [
    # An ASGI application is not a view; Channels' router calls it as what it is.
    path("ws/events/<int:event_id>/", event_socket),  # type: ignore[arg-type]
]
