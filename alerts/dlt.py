"""SMS in India under a registered template (TRAI's DLT): the provider lets pass what matches it, letter by letter.

A template is a fixed text with numbered variables, ``{1}`` to ``{4}``. Registered it has ``{#var#}`` for each
thirty characters that a variable may have: that text is what is shown to be copied, and what each message is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Characters that one {#var#} stands for.
OF_VARIABLE = 30
VARIABLE = "{#var#}"
# What each number is, and for how many variables of the registered text it stands.
PIECES: Mapping[int, int] = {1: 1, 2: 2, 3: 2, 4: 5}
NUMBER = re.compile(r"\{([^{}]*)\}")
# The provider compares whole texts: nothing may stand for an empty variable.
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Template:
    """The ids of the sender and of the text at the registry, and the text with numbers."""

    entity: str
    template: str
    text: str


def registered(text: str) -> str:
    """The text as it is registered."""
    return NUMBER.sub(lambda match: VARIABLE * PIECES[int(match[1])], text)


def filled(text: str, values: Mapping[int, str]) -> str:
    """A message of the template; each value is cut to what its variables may have."""

    def value(match: re.Match[str]) -> str:
        number = int(match[1])
        maximum = OF_VARIABLE * PIECES[number]
        return values.get(number, "")[:maximum] or NOTHING

    return NUMBER.sub(value, text)


def check_text(text: str) -> None:
    """Raises ``ValidationError`` for braces that are no number of a variable, or for a number twice."""
    numbers = NUMBER.findall(text)
    unknown = [number for number in numbers if number not in {str(known) for known in PIECES}]
    if unknown or NUMBER.sub("", text).count("{") or NUMBER.sub("", text).count("}"):
        raise ValidationError(
            _("Variables are {1} severity, {2} what, {3} where, {4} link; there is no other.")
        )
    if len(set(numbers)) != len(numbers):
        raise ValidationError(_("Each variable stands in the text once."))
    if "2" not in numbers:
        raise ValidationError(_("{2} is missing: it says what has happened."))
