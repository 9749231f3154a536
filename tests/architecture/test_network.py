"""What a page asks for while it is open may get no answer: each place says so, by the one script of the kit or by its own."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Each of these says itself what it could not renew.
OWN = {
    "static/admin/alerts.js",
    "static/admin/configuration/page.js",
    "static/admin/finding/find.js",
    "static/boxoffice/beside.js",
    "static/boxoffice/event_board.js",
    "static/boxoffice/guests/guests.js",
    "static/boxoffice/receipt.js",
    "static/boxoffice/sell/api.js",
    "static/boxoffice/sell/away.js",
    "static/boxoffice/sell/away_worker.js",
    "static/boxoffice/sell/worker.js",
}


def elements() -> list[tuple[str, str]]:
    """File and opening tag, with what follows up to the next one, of whatever htmx sends."""
    return [
        (str(path.relative_to(ROOT)), tag)
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for tag in path.read_text().split("<")
        if re.search(r"\bhx-(?:get|post)=", tag)
    ]


def test_a_preview_that_follows_what_is_typed_is_marked_as_one() -> None:
    """network.js marks it old by that, and says so beside it."""
    followers = [
        (name, tag) for name, tag in elements() if re.search(r'hx-trigger="[^"]*input', tag)
    ]
    assert len(followers) == 2
    assert [name for name, tag in followers if "data-preview" not in tag] == []


def test_a_part_that_renews_itself_asks_again_after_a_failure() -> None:
    """What is asked for once after it was loaded, is never asked for again when that failed."""
    timed = [(name, tag) for name, tag in elements() if "delay:" in tag and "input" not in tag]
    assert timed == []


def test_no_script_asks_without_saying_what_it_could_not_renew() -> None:
    """Whoever adds one says in it what is old when no answer comes, and adds its name above."""
    scripts = (path for path in (ROOT / "static").rglob("*.js") if "vendor" not in path.parts)
    asking = {
        str(path.relative_to(ROOT))
        for path in scripts
        if "unfold" not in path.parts and re.search(r"\bfetch\(", path.read_text())
    }
    assert asking == OWN
