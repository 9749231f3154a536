"""A language in which every string stands between two marks: whatever a page shows outside of them is not translated."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.conf import settings
from django.db import connection
from django.utils.translation import trans_real

from finlo_inventory.made.catalogs import strings

BEGIN, END = "⟦", "⟧"
# Takes the place of Hindi: Django knows that language, and what it says itself stays Hindi.
LANGUAGE = "hi"
SPOKEN = ("title", "aria-label", "placeholder", "alt", "aria-description")
WORD = re.compile(r"[A-Za-z]{3,}")
# Of a booking or a lease, as it is spoken.
NUMBER = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def marked(text: str, padding: float = 0) -> str:
    """The string in this language, longer by this part of its length where a page is looked at for room."""
    lead, body, trail = re.fullmatch(r"(\s*)(.*?)(\s*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{lead}{BEGIN}{body}{' ऊँ' * round(len(body) * padding / 3)}{END}{trail}"


@contextmanager
def spoken(directory: Path, padding: float = 0) -> Iterator[None]:
    """Within, ``hi`` is this language."""
    place = directory / LANGUAGE / "LC_MESSAGES"
    place.mkdir(parents=True)
    catalog = Catalog(locale=LANGUAGE)
    for message in strings():
        if message.id:
            ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            said = tuple(marked(one, padding) for one in ids)
            catalog.add(message.id, said if len(said) > 1 else said[0], context=message.context)
    with (place / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "LOCALE_PATHS", [str(directory)])
        patch.setattr(trans_real, "_translations", {})
        yield


class Shown(HTMLParser):
    """What a page says, to those who see and to those who hear."""

    SILENT = ("script", "style", "template", "code", "kbd", "pre", "title", "option", "time")

    def __init__(self, page: str) -> None:
        super().__init__()
        self._within: list[str] = []
        self._text: list[str] = []
        self.feed(page)
        self.said = "".join(self._text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in {"input", "br", "img", "meta", "link", "hr", "path", "col", "source", "wbr"}:
            is_icon = "material-symbols-outlined" in given.get("class", "")
            # What is said in one language to all has its name: a text that people sign.
            is_other = tag != "html" and "lang" in given
            is_silent = is_icon or is_other or tag in self.SILENT
            self._within.append(f"!{tag}" if is_silent else tag)
        self._text.append(" ")
        self._text.extend(f"\n{given[name]}\n" for name in SPOKEN if name in given)

    def handle_endtag(self, tag: str) -> None:
        self._text.append(" ")
        while self._within and self._within.pop().lstrip("!") != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(name.startswith("!") for name in self._within):
            self._text.append(data)


def untranslated(page: str, known: set[str]) -> set[str]:
    """Texts outside of the marks with words that are none of the data's."""
    rest, depth = [], 0
    for letter in Shown(page).said:
        depth += (letter == BEGIN) - (letter == END and depth > 0)
        rest.append("\n" if depth or letter == END else letter)
    return {
        " ".join(line.split())
        for line in "".join(rest).splitlines()
        if any(word.lower() not in known for word in WORD.findall(NUMBER.sub("", line)))
    }


def words_of_the_data() -> set[str]:
    """All that stands in the tables, as words."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        for name in connection.introspection.django_table_names(only_existing=True):
            if name not in {"auth_permission", "django_content_type", "django_migrations"}:
                cursor.execute(f'SELECT t::text FROM "{name}" t')  # noqa: S608 - the table's own name
                for (row,) in cursor.fetchall():
                    found.update(word.lower() for word in WORD.findall(row))
    return found
