"""The catalogs of other languages: which strings they have to say, and the form in which Django reads them.

``locale/<language>/LC_MESSAGES/django.po`` is translated by hand. Which strings stand there is made from the code, the
templates, and unfold's templates, which have no language but English. ``django.mo`` is compiled beside it and not kept.
"""

import io
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import unfold
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "locale"
# Which arguments of a call are the string, its plural and its context ("c"), by the names under which we import it.
ONE: tuple[Any, ...] = (1,)
KEYWORDS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("_", "_t", "_l", "gettext", "gettext_lazy", "gettext_noop"), ONE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
# A file changes when a string does, and not by the day.
DATE = datetime(2026, 12, 1, tzinfo=UTC)


def languages() -> list[str]:
    """Those that have a catalog."""
    return sorted(path.name for path in PLACE.iterdir() if path.is_dir())


def po_file(language: str) -> Path:
    return PLACE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


def strings() -> Catalog:
    """Every string that a person may read, in English."""
    found = Catalog(project="Finlo Inventory", charset="utf-8")
    for name, source in _sources():
        for _line, call, arguments, _comments in extract_python(source, KEYWORDS, (), {}):
            _add(found, name, KEYWORDS[call], arguments)
    return found


def catalog(language: str) -> str:
    """The text of a language's file: what is translated there, of the strings that there are."""
    held, wanted = read(language), strings()
    held.update(wanted, no_fuzzy_matching=True)
    held.obsolete.clear()
    held.creation_date = held.revision_date = DATE
    held.project, held.version = "Finlo Inventory", "in one catalog"
    held.msgid_bugs_address = held.last_translator = held.language_team = "Finlo Inventory"
    held.header_comment = (
        "# Translations of Finlo Inventory. `manage.py write_made_files` keeps its strings."
    )
    out = io.BytesIO()
    write_po(out, held, width=120, no_location=True, sort_output=True)
    return out.getvalue().decode()


def made() -> dict[Path, Any]:
    return {po_file(language): partial(catalog, language) for language in languages()}


def compile_catalogs() -> None:
    """Write what Django reads, where it is older than what people translate. Several may do it at once."""
    for language in languages():
        source = po_file(language)
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        partial_file = target.with_name(f"{target.name}.{os.getpid()}")
        with partial_file.open("wb") as file:
            write_mo(file, _translated(read(language)))
        partial_file.replace(target)


def _translated(whole: Catalog) -> Catalog:
    """Without what is still to be said: Babel would write an empty plural, and a page would show nothing."""
    for message in list(whole):
        parts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(parts):
            whole.delete(message.id, message.context)
    return whole


def _sources() -> Iterator[tuple[str, io.BytesIO]]:
    for name in _listed("*.py"):
        if not name.startswith(("tests/", "bench/")) and "/migrations/" not in name:
            yield name, io.BytesIO((ROOT / name).read_bytes())
    for name in _listed("*.html", "*.txt", "*.svg"):
        if "templates/" in name:
            yield name, _as_python((ROOT / name).read_text(), name)
    package = Path(unfold.__path__[0])
    for path in sorted(package.rglob("*.html")):
        yield path.name, _as_python(path.read_text(), path.name)
    for path in sorted(package.rglob("*.py")):
        yield path.name, io.BytesIO(path.read_bytes())


def _listed(*patterns: str) -> list[str]:
    """Files of the repository, new ones included."""
    asked = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--")
    done = subprocess.run([*asked, *patterns], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return sorted(name for name in done.stdout.splitlines() if (ROOT / name).exists())


def _as_python(template: str, name: str) -> io.BytesIO:
    """Django's own reading of a template, in which nothing but the calls is left; its lines without indentation."""
    calls = templatize(template, origin=name)
    return io.BytesIO("\n".join(line.strip() for line in calls.splitlines()).encode())


def _add(found: Catalog, name: str, places: tuple[Any, ...], arguments: Any) -> None:
    given = arguments if isinstance(arguments, tuple | list) else (arguments,)
    context = None
    said: list[str] = []
    for place in places:
        is_context = isinstance(place, tuple)
        index = (place[0] if is_context else place) - 1
        text = given[index] if index < len(given) else None
        if not isinstance(text, str) or not text:
            return  # a name instead of a string: it was marked where it was written
        if is_context:
            context = text
        else:
            said.append(text)
    found.add(said[0] if len(said) == 1 else tuple(said), locations=[(name, 1)], context=context)
