"""What is written from right to left turns nothing around that stands beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.isolate import isolate, isolate_html, isolate_values

HEBREW, ARABIC = "חגיגה גדולה", "قاعة الموسيقى"


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        (f"{HEBREW}, 20 Dec 2026", f"\u2068{HEBREW}\u2069, 20 Dec 2026"),
        (f"{ARABIC}: 49 units left", f"\u2068{ARABIC}\u2069: 49 units left"),
        ("אולם · אולם", "\u2068אולם\u2069 · \u2068אולם\u2069"),
        ("אולם 5, 20 Dec", "\u2068אולם\u2069 5, 20 Dec"),
        ("Hall A, 20 Dec 2026", "Hall A, 20 Dec 2026"),
        ("मुंबई, 20 Dec", "मुंबई, 20 Dec"),
        ("\u202e6202 ceD\u202c", "6202 ceD"),
        ("A \u2067B\u2069 C", "A B C"),
    ],
)
def test_a_text_is_set_apart_from_what_stands_beside_it(text: str, apart: str) -> None:
    assert isolate(text) == apart
    assert isolate(apart) == apart


def test_blocks_of_a_message_are_set_apart_text_by_text() -> None:
    blocks = [{"type": "section", "fields": [{"text": f"{HEBREW} 5"}], "emoji": False}]
    [block] = isolate_values(blocks)
    assert block == {
        "type": "section",
        "fields": [{"text": f"\u2068{HEBREW}\u2069 5"}],
        "emoji": False,
    }


@pytest.mark.parametrize(
    ("page", "apart"),
    [
        (f"<p>{HEBREW}, 20 Dec</p>", f"<p><bdi>{HEBREW}</bdi>, 20 Dec</p>"),
        (f"<title>{HEBREW} 5</title>", f"<title>\u2068{HEBREW}\u2069 5</title>"),
        (f"<option>{HEBREW} 5</option>", f"<option>\u2068{HEBREW}\u2069 5</option>"),
        (f'<a title="{HEBREW} 5">x</a>', f'<a title="\u2068{HEBREW}\u2069 5">x</a>'),
        (f'<input value="{HEBREW} 5">', f'<input value="{HEBREW} 5">'),
        (f"<textarea>{HEBREW} 5</textarea>", f"<textarea>{HEBREW} 5</textarea>"),
        (f'<script>let a = "{HEBREW} <b>"</script>', f'<script>let a = "{HEBREW} <b>"</script>'),
        (f"<p x-show=\"a > '1'\">{HEBREW}</p>", f"<p x-show=\"a > '1'\"><bdi>{HEBREW}</bdi></p>"),
        (f"<!-- {HEBREW} --><b>\u202e1</b>", f"<!-- {HEBREW} --><b>1</b>"),
        ("<p>Hall A</p>", "<p>Hall A</p>"),
    ],
)
def test_a_page_is_set_apart_where_people_read_it(page: str, apart: str) -> None:
    assert isolate_html(page) == apart


@given(st.text(f"ab <>&\"'=/{HEBREW}\u202e\u2068\u2069", max_size=40))
def test_nothing_but_marks_is_added_or_dropped(text: str) -> None:
    marks = str.maketrans("", "", "\u202e\u2068\u2069")
    assert isolate(text).translate(marks) == text.translate(marks)
    plain = isolate_html(text).replace("<bdi>", "").replace("</bdi>", "").translate(marks)
    assert plain == text.translate(marks)
