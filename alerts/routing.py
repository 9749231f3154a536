from django.urls import URLPattern, path

from alerts.consumers import alerts_socket

# An ASGI application is not a view; Channels' router calls it as what it is.
websocket_urlpatterns: list[URLPattern] = [path("ws/alerts/", alerts_socket)]  # type: ignore[arg-type]
