"""WebSockets only (docs/adr/0002): every page and API call is served by wsgi.py."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import URLPattern
from django.urls.resolvers import RegexPattern

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
# Called for loading the apps; the HTTP application that it returns is not used.
get_asgi_application()

from alerts.routing import websocket_urlpatterns as of_alerts  # noqa: E402 - consumers import models
from boxoffice.routing import websocket_urlpatterns  # noqa: E402 - as above
from partners.selectors import authenticate  # noqa: E402 - as above

NO_SUCH_SOCKET = 4404


async def answer_http(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG001
    """`/healthz` for the supervisor and the proxy, and 404 for everything else."""
    status, body = (200, b"ok\n") if scope["path"] == "/healthz" else (404, b"not found\n")
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG001
    """Without a catch-all, an unknown path is an exception and a traceback in the log."""
    await receive()
    await send({"type": "websocket.close", "code": NO_SUCH_SOCKET})


application = ProtocolTypeRouter(
    {
        "http": answer_http,
        "websocket": URLRouter(
            [
                *websocket_urlpatterns(check_key=authenticate),
                *of_alerts,
                URLPattern(RegexPattern(r""), refuse_socket),
            ]
        ),
    }
)
