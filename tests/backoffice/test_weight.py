"""What a page of the back office weighs when a browser opens it for the first time, and that nothing it shows is missing."""

import gzip
import re
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from fonts.subset import FACES, FONTS, ICONS, ROOT, icons_in, icons_named

LARGEST_PAGE = 300_000


def sent(address: str) -> int:
    """Bytes of a file that the servers keep compressed; a font is so already."""
    found = finders.find(address.removeprefix("/static/"))
    assert isinstance(found, str), address
    return len(brotli.compress(Path(found).read_bytes()))


def test_each_icon_that_is_named_is_in_the_font() -> None:
    """Where it is missing, its name stands on the page. `bin/fonts` takes it into the font."""
    assert icons_named() - icons_in(ROOT / "static" / ICONS) == set()


@pytest.mark.parametrize("path", ["/admin/", "/admin/events/event/"])
def test_a_first_visit_costs_less_than_300_kilobytes(manager: Client, path: str) -> None:
    answer = manager.get(path, headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    page = gzip.decompress(answer.content).decode()
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg))"', page))
    fonts = {f"/static/{font}" for font in (ICONS, *FACES)}
    weights = {urlsplit(file).path: sent(file) for file in files | fonts}
    weights["the page"] = len(answer.content)
    assert f"/static/{FONTS}/inter/styles.css" in weights
    assert sum(weights.values()) < LARGEST_PAGE, weights


def test_what_a_program_reads_is_not_compressed(client: Client) -> None:
    answer = client.get("/api/v1/problems/SOLD_OUT/", headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


def test_what_stands_for_select2_is_djangos_own_without_its_spaces() -> None:
    """The theme asks for the long one, 9 kB more. After an update of Django: copy `select2.full.min.js` over it."""
    place = Path("admin/js/vendor/select2")
    short = finders.find(str(place / "select2.full.min.js"))
    assert isinstance(short, str)
    assert (ROOT / "static" / place / "select2.full.js").read_bytes() == Path(short).read_bytes()
