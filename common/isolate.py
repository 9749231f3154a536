"""Text of a script from right to left, set apart so that it turns no date or number beside it.

“חגיגה, 20 Dec 2026” is drawn as “20 ,חגיגה Dec 2026” where nothing says where the name ends. What people
typed stands on every page and in every message; so it is set apart where pages and messages leave, and
not by each of the hundreds of places that show a name. On pages ``<bdi>`` does it, which is not
copied along with the name; elsewhere U+2068 and U+2069.
"""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

FIRST, LAST = "\u2068", "\u2069"
# Letters and marks of the scripts from right to left, also of those beyond the first plane.
_LETTER = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
# A run goes on over what stands between two such letters, and ends with a letter.
_BETWEEN = f"[^<>&,;:()\\[\\]{{}}·–—→|/“”\\r\\n{_LETTER}]{{0,3}}"
_RUN = re.compile(f"[{_LETTER}](?:{_BETWEEN}[{_LETTER}]+)*")
# Marks that turn the direction of what follows, typed by whomever; isolates of ours are set anew.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPEAKS = re.compile(f"[{_LETTER}\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# The first bytes of all these characters in UTF-8: a page without them is left as it is.
_BYTES = re.compile(rb"[\xd6-\xdf]|\xe0[\xa0-\xa3]|\xef[\xac-\xbb]|\xf0[\x90\x9e]|\xe2[\x80\x81]")

_TAG = re.compile(r"""(<!--.*?-->|<(?:"[^"]*"|'[^']*'|[^'">])*>)""", re.DOTALL)
_NAME = re.compile(r"<(/?)([a-zA-Z0-9]+)")
_READ_OUT = re.compile(r"""(?<=\s)((?:title|aria-label)=)("[^"]*"|'[^']*')""")
# Of programs or sent back as it stands there.
_UNTOUCHED = {"script", "style", "textarea"}
# Where no element may stand.
_TEXT_ALONE = {"title", "option", "text"}


def isolate(text: str) -> str:
    """The text with each run of letters from right to left between U+2068 and U+2069."""
    return _set_apart(text, FIRST, LAST)


def _set_apart(text: str, first: str, last: str) -> str:
    if not _SPEAKS.search(text):
        return text
    return _RUN.sub(lambda run: f"{first}{run[0]}{last}", _TURNING.sub("", text))


def isolate_values(value: Any) -> Any:
    """The same for each text in lists and mappings, as the blocks of a message have them."""
    match value:
        case str():
            return isolate(value)
        case dict():
            return {key: isolate_values(item) for key, item in value.items()}
        case list() | tuple():
            return [isolate_values(item) for item in value]
        case _other:
            return value


def isolate_html(page: str) -> str:
    """A page with each such run in a ``<bdi>``, but for what is sent back or read by programs."""
    if not _SPEAKS.search(page):
        return page
    parts = _TAG.split(page)
    within: list[str] = []
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = _READ_OUT.sub(lambda match: f"{match[1]}{isolate(match[2])}", part)
            _follow(part, within)
        elif not within:
            parts[place] = _set_apart(part, "<bdi>", "</bdi>")
        elif within[-1] in _TEXT_ALONE:
            parts[place] = isolate(part)
    return "".join(parts)


def _follow(tag: str, within: list[str]) -> None:
    """Which of the elements with rules of their own the next text stands in."""
    match = _NAME.match(tag)
    name = match[2].lower() if match else ""
    if match is None or name not in _UNTOUCHED | _TEXT_ALONE or tag.endswith("/>"):
        return
    if within and within[-1] in _UNTOUCHED and name != within[-1]:
        return
    if match[1]:
        if within and within[-1] == name:
            within.pop()
    elif not within or within[-1] != name:
        within.append(name)


class IsolateNames:
    """Middleware: pages leave with what is written from right to left set apart."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and not response.streaming:
            content: bytes = response.content  # type: ignore[attr-defined]
            if _BYTES.search(content):
                response.content = isolate_html(content.decode()).encode()  # type: ignore[attr-defined]
        return response
