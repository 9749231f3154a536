"""What axe-core holds against a page: its rules for WCAG 2.2 A and AA and its own best practices."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
DESKTOP, PHONE = (1280, 900), (390, 844)

RUN = """async (within) => {
  const moving = document.getAnimations().map((one) => one.finished.catch(() => {}));
  await Promise.race([Promise.all(moving), new Promise((done) => setTimeout(done, 1000))]);
  const { violations } = await axe.run(within ?? document, { resultTypes: ["violations"] });
  return violations.flatMap((rule) => rule.nodes.map(
    (node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


def violations(page: Page, within: str | None = None) -> list[str]:
    """One line for each rule that an element breaks, on the page as it stands now, or in a part of it.

    The browser runs axe for the debugger, so a page's own policy does not forbid it.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN, within)
    return found


def expect_accessible(
    page: Page,
    *,
    sizes: Iterable[tuple[int, int]] = (DESKTOP, PHONE),
    within: str | None = None,
) -> None:
    """Axe finds nothing on the page, light or dark, at each window size.

    ``within``: of a page in unfold's frame, the part of it that is ours.
    """
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            # Without motion: what is half faded while axe looks has no color to judge.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = violations(page, within)
            assert not found, "\n".join([f"At {width} px, {scheme}:", *found])
    page.emulate_media(reduced_motion="null")
