"""A name has one form, however it was typed; Python and the database agree on which."""

import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from common.names import clean_name, invisible_in, name_key, normalize, visible

ALIKE = (
    "Terrasse E\u0301te\u0301",
    "Terrasse  Été",
    "Terrasse\u00a0Été",
    "Terrasse\u202fÉté",
    " Terrasse\r\nÉté\t",
    "Terrasse\u2028Été",
    "\u3000Terrasse\u2003Été",
    "\u2068Terrasse Été\u2069",
)
SEEN = (
    "Diwali Night",
    "മലയാളം ന്\u200d",  # a joiner after a virama is another letter
    "می\u200cخواهم",  # and a non-joiner in Persian another word
    "Family 👨\u200d👩\u200d👧\ufe0f",
    "I ❤\ufe0f Goa",
    "1\ufe0f\u20e3 Gate",
    "मुंबई",
    "قاعة",
)
UNSEEN = {
    "Ter\u200brasse": "U+200B ZERO WIDTH SPACE",
    "Ter\u200drasse": "U+200D ZERO WIDTH JOINER",
    "Terrasse\ufe0f": "U+FE0F VARIATION SELECTOR-16",
    "Ter\u00adrasse": "U+00AD SOFT HYPHEN",
    "\ufeffTerrasse": "U+FEFF ZERO WIDTH NO-BREAK SPACE",
    "\u202eTerrasse": "U+202E RIGHT-TO-LEFT OVERRIDE",
    "Terrasse\u200f": "U+200F RIGHT-TO-LEFT MARK",
    "\u2067Terrasse": "U+2067 RIGHT-TO-LEFT ISOLATE",
    "Ter\x07rasse": "U+0007 a control character",
    "Terrasse\u3164": "U+3164 HANGUL FILLER",
    "Terrasse\U000e0041": "U+E0041 TAG LATIN CAPITAL LETTER A",
}


@pytest.mark.parametrize("text", ALIKE, ids=ascii)
def test_names_that_look_alike_are_one(text: str) -> None:
    assert clean_name(text) == "Terrasse Été"


@pytest.mark.parametrize("name", SEEN)
def test_what_belongs_to_a_script_stays(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", UNSEEN, ids=ascii)
def test_a_character_that_nobody_sees_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_name(name)
    code, _space, words = UNSEEN[name].partition(" ")
    assert f"({code}, {words})" in refusal.value.messages[0]
    assert invisible_in(visible(name)) == ""


@given(st.text(max_size=20))
def test_one_form_is_the_form_of_itself(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)
    assert visible(visible(text)) == visible(text)
    assert name_key(name_key(text)) == name_key(text)


@pytest.mark.django_db
def test_the_database_refuses_the_same_characters() -> None:
    """Of all characters, between two letters: joiners and selectors alone are judged by Python."""
    contextual = set("\u200c\u200d\ufe0e\ufe0f")
    letters = [
        chr(code)
        for code in range(1, sys.maxunicode + 1)
        if not 0xD800 <= code <= 0xDFFF and (code < 0x3200 or code > 0xF900) and code < 0xE1000
    ]
    # What this Python does not know yet may compose by a newer Unicode.
    known = [one for one in letters if unicodedata.category(one) != "Cn" and one not in contextual]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT letter FROM unnest(%s::text[]) letter WHERE NOT is_name('a' || letter || 'b')",
            [known],
        )
        refused = {letter for (letter,) in cursor.fetchall()}
    ours = {
        letter
        for letter in known
        if normalize(f"a{letter}b") != f"a{letter}b" or invisible_in(f"a{letter}b")
    } - {" "}
    assert refused == ours


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "is_name"),
    [(text, False) for text in ALIKE] + [("Terrasse Été", True), ("", True), (" a", False)],
    ids=ascii,
)
def test_the_database_knows_the_one_form(text: str, is_name: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_name(%s)", [text])
        assert cursor.fetchone() == (is_name,)
