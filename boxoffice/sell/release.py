"""What the sell screen consists of: its modules, and the version by which a device knows a new one."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static

SELL = (
    "api app clock counter dates dialogs dom events flow keys leases lock lookup money offers order order_parts paper payment qr "
    "rework store sync terminal view words"
)
# Name in the page's import map → file.
MODULES = {
    "#connection": "js/connection.js",
    "#state": "boxoffice/state.js",
    "#idb": "vendor/idb/index.js",
    "#qrcode": "vendor/qrcode-generator/qrcode.js",
    **{f"#sell/{name}": f"boxoffice/sell/{name}.js" for name in SELL.split()},
}
STYLES = ("css/base.css", "boxoffice/sell.css")
ICONS = ("icon.svg", "boxoffice/sell-192.png", "boxoffice/sell-512.png")
WORKER = "boxoffice/sell/worker.js"
# Of the page that stands for those that need the network.
AWAY_FILES = ("css/base.css", "boxoffice/away.css", "boxoffice/sell/away.js", "icon.svg")
AWAY_WORKER = "boxoffice/sell/away_worker.js"


def import_map() -> dict[str, str]:
    return {name: static(path) for name, path in MODULES.items()}


def assets() -> list[str]:
    """The addresses of all that the page loads."""
    return [static(path) for path in (*MODULES.values(), *STYLES, *ICONS)]


def version_of(shell: str) -> str:
    """Another one as soon as any byte of the page or of its files is another one."""
    digest = hashlib.sha256(shell.encode())
    digest.update(_files_digest())
    return digest.hexdigest()[:16]


def worker_script(shell_address: str, version: str) -> str:
    """The service worker, told what it has to keep."""
    release = {"version": version, "shell": shell_address, "assets": assets()}
    return f"const RELEASE = {json.dumps(release)};\n{_read(WORKER)}"


def away_script(page_address: str, page: str) -> str:
    """The service worker of the pages that need the network, told what it answers without one."""
    digest = hashlib.sha256(page.encode())
    for path in (*AWAY_FILES, AWAY_WORKER):
        digest.update(_bytes(path))
    addresses = [static(path) for path in AWAY_FILES]
    release = {"version": digest.hexdigest()[:16], "page": page_address, "assets": addresses}
    return f"const RELEASE = {json.dumps(release)};\n{_read(AWAY_WORKER)}"


@lru_cache(maxsize=1)
def _files_digest() -> bytes:
    digest = hashlib.sha256()
    for path in (*MODULES.values(), *STYLES, *ICONS, WORKER):
        digest.update(_bytes(path))
    return digest.digest()


def _read(path: str) -> str:
    return _bytes(path).decode()


def _bytes(path: str) -> bytes:
    source = finders.find(path)
    if isinstance(source, str):
        return Path(source).read_bytes()
    with staticfiles_storage.open(path) as file:
        content: bytes = file.read()
        return content
