"""Each language says every string, with what the string has to be filled with."""

import re

import pytest

from finlo_inventory.made import catalogs

# What a sentence is filled with, and tags of HTML.
MARKS = re.compile(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w*(?:![rs])?(?::[^{}]*)?\}|</?[a-z][^>]*>")


def marks(text: str) -> list[str]:
    return sorted(MARKS.findall(text))


@pytest.mark.parametrize("language", catalogs.languages())
def test_every_string_is_said(language: str) -> None:
    said = catalogs.read(language)
    missing = [
        message.id
        for message in catalogs.strings()
        if message.id
        and not all(catalogs.forms(said.get(catalogs.name_of(message), message.context)))
    ]
    assert missing == []


@pytest.mark.parametrize("language", catalogs.languages())
def test_each_translation_is_filled_with_the_same(language: str) -> None:
    wrong = []
    for message in catalogs.read(language):
        if message.id:
            ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            # A singular may leave the number out, as English does.
            lawful = [marks(one) for one in ids]
            wrong += [
                form for form in catalogs.forms(message) if form and marks(form) not in lawful
            ]
    assert wrong == []
