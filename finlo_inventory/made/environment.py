"""`.env.example`, made from the table of settings in docs/operations.md."""

import re
from collections.abc import Iterator
from textwrap import wrap

from django.conf import settings

PAGE = settings.BASE_DIR / "docs" / "operations.md"
HEAD = """\
# Made by `manage.py write_made_files` from docs/operations.md, "Settings"; a test compares it with that table.
# Copy it to .env and set what differs: all processes and manage.py read it. What the environment says already, wins.
# Docker (--env-file) and systemd (EnvironmentFile=) read the same form: a name, =, and the value as it is.
"""
WIDTH = 110


def variables() -> Iterator[tuple[str, str, str]]:
    """Name, default and meaning of each setting, as the table says them."""
    table = PAGE.read_text().partition("## Settings")[2].partition("\n\n## ")[0]
    for row in re.findall(r"^\| (`[A-Z].+) \|$", table, re.MULTILINE):
        names, default, meaning = row.split(" | ")
        for name in names.split(", "):
            yield name.strip("`"), default, meaning


def example() -> str:
    """The whole file: each setting with its meaning and default, and none of them set."""
    blocks = [
        "".join(f"# {line}\n" for line in wrap(f"{meaning}. Default: {default}.", WIDTH))
        + f"#{name}=\n"
        for name, default, meaning in variables()
    ]
    return "\n".join((HEAD, *blocks))
