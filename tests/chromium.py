"""Where Chromium is, and how it is started where it visits our own pages only."""

from pathlib import Path

PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = (
    "--no-sandbox",  # it does not run as root otherwise, and visits our own pages only
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def installed() -> str | None:
    return next((path for path in PLACES if Path(path).exists()), None)
