"""Each page of the back office as a keyboard and a screen reader find it, light and dark, on a desk and on a phone.

A page is loaded once, and its colors and its width are changed where it stands.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.db.models import Model
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.accessibility import AXE, DESKTOP, PHONE, Scheme
from tests.backoffice.addresses import every_page, objects_of, transfer_pages
from tests.backoffice.addresses import page as address
from tests.factories import Stage, make_stage, make_user
from tests.screens import let_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]

# Of other apps, with tests of their own; and what is no page.
LEFT_OUT = ("/admin/search/", "/admin/jsi18n/", "/board/", "/admin/logout/")
NO_PAGES = (
    "/history/",
    "/delete/",
    "/board/",
    "/export/",
    "/cannot-be-read/",
    "/progress/",
    "/guest-file/",
)

# Every rule that axe has by default, its best practices among them, and the size of targets.
ALL: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}}
# What the colors of a page decide. All else is the same in light and dark.
OF_COLORS: dict[str, Any] = {"runOnly": ["color-contrast", "link-in-text-block"]}


class Setting(NamedTuple):
    size: tuple[int, int]
    scheme: Scheme
    rules: dict[str, Any]


SETTINGS = (
    Setting(DESKTOP, "light", ALL),
    Setting(DESKTOP, "dark", OF_COLORS),
    Setting(PHONE, "dark", ALL),
    Setting(PHONE, "light", OF_COLORS),
)

VIOLATIONS = """async ([where, options]) => {
  const { violations } = await axe.run(where, { resultTypes: ["violations"], ...options });
  return violations.flatMap((rule) => rule.nodes.map(
    (node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""

# What takes a click and no key, and icons that would be read aloud as their names.
OUT_OF_REACH = """() => {
  const REACHED = "a[href], button, input, select, textarea, summary, label, [tabindex]";
  const found = [];
  const note = (what, one) => found.push(`${what}: ${one.outerHTML.replace(/\\s+/g, " ").slice(0, 200)}`);
  const isHand = (one) => one && getComputedStyle(one).cursor === "pointer";
  for (const one of document.body.querySelectorAll("*")) {
    const hears = one.hasAttribute("onclick") || one.getAttributeNames().some(
      (name) => /^(x-on:|@)click(\\.(prevent|stop))*$/.test(name));
    if (!hears && (!isHand(one) || isHand(one.parentElement))) continue;
    if (one.matches("[data-backdrop]") || one.closest(REACHED) || one.querySelector(REACHED)) continue;
    note("no key reaches", one);
  }
  for (const one of document.querySelectorAll(".material-symbols-outlined")) {
    if (!one.closest("[aria-hidden=true]")) note("read aloud", one);
  }
  return found;
}"""
DIALOGS = """() => [...new Set([...document.querySelectorAll("[hx-target='#modal-content'][hx-get]")]
  .map((one) => one.getAttribute("hx-get")))]"""
OPEN = """async (address) => {
  await htmx.ajax("GET", address, { target: "#modal-content", select: "#dialog" });
  Alpine.$data(document.documentElement).openModal = true;
}"""
CLOSE = "() => { Alpine.$data(document.documentElement).openModal = false; }"
TABS = "() => [...document.querySelectorAll('#tabs-items > a[x-on\\\\:click]')].map((one) => one.hash.slice(1))"
# A field that a bar at the foot covers now is scrolled to when it is used.
UNCOVER = """() => {
  for (const bar of document.querySelectorAll("#submit-row, [class*='lg:sticky']")) bar.style.position = "static";
}"""
SHOW_TAB = "(tab) => { Alpine.$data(document.body).activeTab = tab; }"


class Visit:
    """One browser on its way through all pages, and what it holds against them."""

    def __init__(self, screen: Page, root: str) -> None:
        self.screen = screen
        self.root = root
        self.axe = AXE.read_text()
        self.found: list[str] = []
        self.seen: set[str] = set()
        self.dialogs = 0
        # The menu is the same on each page, and is looked at once.
        self.knows_menu = False

    def go(self, path: str) -> None:
        if path in self.seen:
            return
        answer = self.screen.goto(self.root + path)
        assert answer is not None
        shown = urlsplit(self.screen.url).path
        # Not even a superuser adds or deletes these; or the number is one of another kind of thing.
        if answer.status in {403, 404}:
            self.seen.add(path)
            return
        assert answer.ok, (path, answer.status)
        if {path, shown} & self.seen:
            return
        self.seen |= {path, shown}
        assert answer.headers["content-security-policy"].startswith("default-src 'none'"), path
        self.screen.evaluate(self.axe)
        self.screen.evaluate(UNCOVER)
        self.note(path, self.screen.evaluate(OUT_OF_REACH))
        self.look(path)
        for tab in self.screen.evaluate(TABS)[1:]:
            self.screen.evaluate(SHOW_TAB, tab)
            self.look(f"{path}#{tab}", "#content")
        for dialog in self.screen.evaluate(DIALOGS):
            self.open(dialog)

    def open(self, path: str) -> None:
        if path in self.seen:
            return
        self.seen.add(path)
        self.screen.evaluate(OPEN, path)
        self.screen.locator("#dialog").wait_for()
        self.dialogs += 1
        self.look(f"dialog {path}", "#dialog")
        self.screen.evaluate(CLOSE)

    def look(self, path: str, within: str = "html") -> None:
        for size, scheme, rules in SETTINGS:
            self.screen.set_viewport_size({"width": size[0], "height": size[1]})
            self.screen.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            where = f"{path}, {size[0]} px, {scheme}"
            part = {"include": [[within]], "exclude": [["#nav-sidebar"]] if self.knows_menu else []}
            self.note(where, self.screen.evaluate(VIOLATIONS, [part, rules]))

    def note(self, where: str, faults: Iterable[str]) -> None:
        self.found += [f"{where}: {fault}" for fault in faults]


def pages(stage: Stage) -> Iterator[str]:
    """Lists, forms, histories and pages of every model; those first from which dialogs are opened."""
    objects: list[Model] = [*objects_of(stage), make_user(is_staff=True)]
    for one in objects:
        yield address(one, "change")
    for model in admin.site._registry:
        yield address(model, "changelist")
        yield address(model, "add")
    for path in [*every_page(objects), *transfer_pages(stage)]:
        if not path.startswith(LEFT_OUT) and not any(part in path for part in NO_PAGES):
            yield path.partition("#")[0]
    # All histories, and all questions before something is deleted, are one page each.
    for name in ("history", "delete"):
        yield address(objects[0], name)
    yield "/admin/password_change/"


def test_axe_finds_nothing_on_any_page(page: Page, live_server: LiveServer) -> None:
    stage = make_stage(channels=("web", "MakeMyTrip partner desk, western region"))
    visit = Visit(page, live_server.url)
    visit.go("/admin/login/")
    let_in(page, live_server.url, make_user(is_staff=True, is_superuser=True))
    visit.go("/admin/")
    visit.knows_menu = True
    for path in pages(stage):
        visit.go(path)
    assert visit.found == [], "\n".join(visit.found)
    assert len(visit.seen) > 150
    assert visit.dialogs > 20
