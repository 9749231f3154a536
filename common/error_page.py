"""The page of an answer that is no success. It is whole in itself: where it is sent, little else may work."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape

STYLE = """
:root { color-scheme: light dark; }
* { box-sizing: border-box; margin: 0; }
body {
  display: grid; min-height: 100vh; place-content: center; gap: 1.5rem; padding: 1.5rem;
  background: light-dark(#f3f5f8, #0d131c); color: light-dark(#121a26, #eef3f9);
  font: 1.05rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main {
  max-width: 34rem; padding: clamp(1.25rem, 5vw, 2.5rem); border-radius: 0.75rem;
  background: light-dark(#ffffff, #161f2c); border: 1px solid light-dark(#d5dce5, #2a3747);
}
.brand { display: flex; gap: 0.6rem; align-items: center; font-size: 0.9rem; font-weight: 600; }
.brand svg { width: 1.75rem; }
h1 { margin: 1.25rem 0 0.75rem; font-size: 1.6rem; line-height: 1.2; letter-spacing: -0.015em; }
p + p { margin-top: 0.75rem; }
nav { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.75rem; }
a {
  padding: 0.5rem 1rem; border-radius: 0.5rem; border: 1px solid currentColor;
  color: light-dark(#1d4e89, #8fc1ff); text-decoration: none;
}
a:hover { text-decoration: underline; }
a:focus-visible { outline: 3px solid light-dark(#1d4e89, #8fc1ff); outline-offset: 2px; }
@media print { :root { color-scheme: light; } nav { display: none; } }
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Nothing is loaded, nothing runs, and of styles only these.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} – Finlo Inventory</title>
<style>{style}</style>
</head>
<body>
<main>
<div class="brand"><svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#1d4e89"/>
<path d="M8 9h16v4a3 3 0 0 0 0 6v4H8v-4a3 3 0 0 0 0-6z" fill="#fff"/>
<path d="M12 12.5h8v2h-8zm0 5h5v2h-5z" fill="#1d4e89"/></svg> Finlo Inventory</div>
<h1>{title}</h1>
{sentences}
<nav>{ways}</nav>
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class WayOn:
    """A link: what it is called, and where it leads."""

    label: str
    url: str


# What everybody has; each asks who is there.
BOARDS, BACK_OFFICE = "/board/", "/admin/"
WAYS_ON = (WayOn("Boards", BOARDS), WayOn("Back office", BACK_OFFICE))


def error_page(
    title: str, sentences: Sequence[str], *, ways: Sequence[WayOn] = WAYS_ON, language: str = "en"
) -> str:
    """A page of HTML, without a question to the database or to Django's settings. Send it with :data:`POLICY`."""
    return PAGE.format(
        language=escape(language),
        title=escape(title),
        style=STYLE,
        sentences="\n".join(f"<p>{escape(sentence)}</p>" for sentence in sentences),
        ways="\n".join(f'<a href="{escape(way.url)}">{escape(way.label)}</a>' for way in ways),
    )
