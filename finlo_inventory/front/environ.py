"""A request of granian's RSGI as the `environ` of WSGI."""

import io
import sys
from collections.abc import Sequence
from typing import Any

Headers = Sequence[tuple[str, str]]
# What WSGI calls without the prefix of other headers.
OWN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
FIXED = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "finlo",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def trusted(headers: Headers) -> list[tuple[str, str]]:
    """Without the headers whose name has an underscore.

    WSGI cannot tell `X_Forwarded_For` from `X-Forwarded-For`: whoever sends the first would
    overrule what our proxy wrote. No lawful client needs such a name, and nginx drops them as well.
    """
    return [(name, value) for name, value in headers if "_" not in name]


def environ_of(scope: Any, headers: Headers, body: bytes) -> dict[str, Any]:
    """`headers` are those of ``trusted``, their names in lower case."""
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        **FIXED,
        "REQUEST_METHOD": scope.method,
        # What Django expects: the bytes of the path, as if they were Latin-1.
        "PATH_INFO": scope.path.encode(errors="replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    for name, value in headers:
        key = OWN_NAMES.get(name) or f"HTTP_{name.replace('-', '_').upper()}"
        if key in environ:
            separator = "; " if name == "cookie" else ","
            environ[key] = f"{environ[key]}{separator}{value}"
        else:
            environ[key] = value
    return environ
