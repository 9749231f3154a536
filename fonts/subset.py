"""The fonts of the back office, cut down to what its pages show: ``bin/fonts`` writes them to ``static/``.

The theme brings four faces of Inter and 4,137 icons, together 740 kB on each first visit. What stands in ``static/`` under the same
name is sent instead. A letter that is left out comes from a font of the reader's machine, as Devanagari always does.
"""

import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
FONTS = Path("unfold/fonts")
ICONS = FONTS / "material-symbols/Material-Symbols-Outlined.woff2"
FACES = [
    FONTS / f"inter/Inter-{weight}.woff2" for weight in ("Regular", "Medium", "SemiBold", "Bold")
]
# Latin, with the marks in which Indian names are transliterated; punctuation, currencies, and the signs that our pages have.
LETTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x300, 0x333),
    *range(0x1E00, 0x1EA0),
    *range(0x2010, 0x2040),
    *range(0x20A0, 0x20C1),
    *map(ord, "™№←↑→↓↔↗↘−×÷≈≠≤≥∞■□▲△▼▽◆◇●○✓✕"),
]
# Kerning, marks, and the figures of one width that columns of numbers need.
FEATURES = ["ccmp", "kern", "locl", "mark", "tnum"]
SOURCES = {".py", ".html", ".js"}
# A word by itself between quotes or tags may be an icon's name. That is more than there are icons, and never less.
WORD = re.compile(r"""["'>]\s*([a-z0-9_]+)\s*(?=["'<])""")


def theme() -> Path:
    """Where the theme is installed."""
    found = find_spec("unfold")
    if found is None or found.origin is None:
        message = "django-unfold is not installed."
        raise RuntimeError(message)
    return Path(found.origin).parent


def sources() -> Iterator[Path]:
    """What names icons: our apps and pages, and the theme's."""
    ours = [path.parent for path in ROOT.glob("*/apps.py")]
    ours += [ROOT / "finlo_inventory", ROOT / "templates", ROOT / "static", theme()]
    for folder in ours:
        yield from (path for path in folder.rglob("*") if path.suffix in SOURCES)


def ligatures(font: Any) -> dict[str, tuple[Any, str, Any]]:
    """Name of an icon → the table of its first letter, that letter, and what makes the icon of the rest."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    found = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            inner = getattr(table, "ExtSubTable", table)
            for first, rest in getattr(inner, "ligatures", {}).items():
                for ligature in rest:
                    name = "".join(letters[glyph] for glyph in [first, *ligature.Component])
                    found[name] = (inner, first, ligature)
    return found


def icons_in(path: Path) -> set[str]:
    return set(ligatures(TTFont(path)))


def icons_named() -> set[str]:
    """The icons of the theme's font that a source of ours or of the theme may name."""
    words = {word for path in sources() for word in WORD.findall(path.read_text())}
    return words & icons_in(theme() / "static" / ICONS)


def write_icons(wanted: set[str]) -> None:
    font = TTFont(theme() / "static" / ICONS, recalcTimestamp=False)
    known = ligatures(font)
    for name, (table, first, ligature) in known.items():
        if name not in wanted:
            table.ligatures[first].remove(ligature)
    # An icon may have a code point besides, which nobody writes: only letters keep theirs.
    letters = {ord(letter) for name in known for letter in name}
    _write(font, ICONS, letters, ["*"])


def write_face(face: Path) -> None:
    _write(TTFont(theme() / "static" / face, recalcTimestamp=False), face, set(LETTERS), FEATURES)


def _write(font: Any, place: Path, letters: set[int], features: list[str]) -> None:
    subsetter = Subsetter(Options(flavor="woff2", layout_features=features, hinting=False))
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    font.flavor = "woff2"
    target = ROOT / "static" / place
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)
    sys.stdout.write(f"{target.stat().st_size:>8,} bytes  {target.relative_to(ROOT)}\n")


if __name__ == "__main__":
    write_icons(icons_named())
    for face in FACES:
        write_face(face)
