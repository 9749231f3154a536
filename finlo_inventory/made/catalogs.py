"""The catalogs of other languages: which strings they have to say, and the form in which Django reads them.

``locale/<language>/LC_MESSAGES/django.po`` is translated by hand. Which strings stand there is made from the code, the
templates, and unfold's templates, which have no language but English. ``django.mo`` is compiled beside it and not kept.
"""

import ast
import io
import os
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import django
import unfold
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "locale"
DJANGO_PARTS = ("conf", "contrib/admin", "contrib/auth", "contrib/postgres")
UNFOLD = Path(unfold.__path__[0])
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
    catalog = Catalog(project="Finlo Inventory", charset="utf-8")
    for name, source in _modules():
        for call, arguments in _calls(source):
            _add(catalog, name, KEYWORDS[call], arguments)
    for name, template in _templates():
        calls: Any = extract_python(_as_python(template, name), KEYWORDS, (), {})
        for _line, call, given, _comments in calls:
            _add(catalog, name, KEYWORDS[call], given if isinstance(given, tuple) else (given,))
    for message in _left_out_by_django():
        catalog.add(message.id, context=message.context)
    return catalog


def _left_out_by_django() -> Iterator[Message]:
    """What Django says, and has not translated itself into each of our languages."""
    for part in DJANGO_PARTS:
        place = Path(django.__path__[0]) / part / "locale"
        with (place / "en" / "LC_MESSAGES" / "django.po").open("rb") as file:
            english = read_po(file)
        for language in languages():
            theirs = place / language / "LC_MESSAGES" / "django.po"
            translated = Catalog()
            if theirs.exists():
                with theirs.open("rb") as file:
                    translated = _translated(read_po(file))
            for message in english:
                if message.id and translated.get(name_of(message), message.context) is None:
                    yield message


def text_of(language: str) -> str:
    """The text of a language's file: what is translated there, of the strings that there are."""
    catalog = read(language)
    catalog.update(strings(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = DATE
    catalog.project, catalog.version = "Finlo Inventory", "in one catalog"
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = "Finlo Inventory"
    catalog.header_comment = (
        "# Translations of Finlo Inventory. `manage.py write_made_files` keeps its strings."
    )
    out = io.BytesIO()
    write_po(out, catalog, width=120, no_location=True, sort_output=True)
    return out.getvalue().decode()


def made() -> dict[Path, Any]:
    return {po_file(language): partial(text_of, language) for language in languages()}


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


def name_of(message: Message) -> str:
    """The string by which a catalog finds it: of two forms, the first."""
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message | None) -> tuple[str, ...]:
    """What is said for it: one form, or one for each plural; a single empty one where nothing is."""
    string = message.string if message is not None else ""
    return (string,) if isinstance(string, str) else tuple(string or ("",))


def _translated(whole: Catalog) -> Catalog:
    """Without what is still to be said: Babel would write an empty plural, and a page would show nothing."""
    for message in list(whole):
        if message.id and not all(forms(message)):
            whole.delete(name_of(message), message.context)
    return whole


def _modules() -> Iterator[tuple[str, str]]:
    for name in _listed("*.py"):
        if not name.startswith(("tests/", "bench/")) and "/migrations/" not in name:
            yield name, (ROOT / name).read_text()
    for path in sorted(UNFOLD.rglob("*.py")):
        yield path.name, path.read_text()


def _templates() -> Iterator[tuple[str, str]]:
    for name in _listed("*.html", "*.txt", "*.svg"):
        if "templates/" in name:
            yield name, (ROOT / name).read_text()
    for path in sorted(UNFOLD.rglob("*.html")):
        yield path.name, path.read_text()


def _calls(source: str) -> Iterator[tuple[str, list[Any]]]:
    """By the syntax tree: Babel's reader sees no call within an f-string."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in KEYWORDS
        ):
            yield node.func.id, [getattr(argument, "value", None) for argument in node.args]


def _listed(*patterns: str) -> list[str]:
    """Files of the repository, new ones included."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate")
    done = subprocess.run(  # noqa: S603 - a command of our own
        [*command, "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return sorted(name for name in done.stdout.splitlines() if (ROOT / name).exists())


def _as_python(template: str, name: str) -> io.BytesIO:
    """Django's own reading of a template, in which nothing but the calls is left; its lines without indentation."""
    calls = templatize(template, origin=name)
    return io.BytesIO("\n".join(line.strip() for line in calls.splitlines()).encode())


def _add(catalog: Catalog, name: str, places: tuple[Any, ...], arguments: Sequence[Any]) -> None:
    context = None
    forms: list[str] = []
    for place in places:
        is_context = isinstance(place, tuple)
        index = (place[0] if is_context else place) - 1
        text = arguments[index] if index < len(arguments) else None
        if not isinstance(text, str) or not text:
            return  # a name instead of a string: it was marked where it was written
        if is_context:
            context = text
        else:
            forms.append(text)
    catalog.add(
        forms[0] if len(forms) == 1 else tuple(forms), locations=[(name, 1)], context=context
    )
