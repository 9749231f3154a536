"""Names that people type: one form for one name, however it was typed, pasted or imported.

Unicode writes “É” in two ways, and a line break, two spaces or an invisible character look like one
space or like nothing. Each would be another name to the database: a second pool, and twice the
capacity. ``NameField`` keeps the one form; ``is_name`` in the database holds it.
"""

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    _TextField = models.CharField[str, str]
else:
    _TextField = models.CharField

INVISIBLE = _(
    "It holds a character that nobody sees (%(code)s, %(name)s). Type the name anew instead of pasting "
    "it."
)
# What has no ink, turns the direction of writing, or is no character; never part of a name. The
# same ranges stand in common/sql/is_name.sql.
_REFUSED = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# These belong to letters and emoji, and are seen only through them.
_NON_JOINER, _JOINER = "\u200c", "\u200d"
_PRESENTATION = "\ufe0e\ufe0f"
_CONTEXTUAL = re.compile("[\u200c\u200d\ufe0e\ufe0f]")
_VIRAMA = 9
_SPACES = re.compile(r"\s+")


def normalize(text: str) -> str:
    """The one form of a name: composed letters, single spaces, none at the ends.

    Without the marks that set a name apart in our own messages (``common.isolate``): who copies a
    name from there copies them too.
    """
    own = text.replace("\u2068", "").replace("\u2069", "")
    return _SPACES.sub(" ", unicodedata.normalize("NFC", own)).strip(" ")


def name_key(name: str) -> str:
    """The same for names that differ in case alone; as ``lower`` of the database, letter by letter."""
    return "".join(letter.lower() for letter in normalize(name))


def invisible_in(name: str) -> str:
    """The first character of a normalized name that cannot be part of one; else nothing."""
    if match := _REFUSED.search(name):
        return match[0]
    for match in _CONTEXTUAL.finditer(name):
        before = name[match.start() - 1] if match.start() else ""
        after = name[match.end() : match.end() + 1]
        if not _is_seen(match[0], before, after):
            return match[0]
    return ""


def _is_seen(letter: str, before: str, after: str) -> bool:
    """Whether a joiner or a selector changes how its neighbors look.

    After a virama, between letters of Arabic script, and in emoji; beside a Latin letter it is
    nothing but another name.
    """
    if letter in _PRESENTATION:
        return before != "" and unicodedata.category(before)[0] not in "LMZC"
    if _is_virama(before) or _is_virama(after):
        return True
    if letter == _JOINER and after:
        joined = _PRESENTATION[1], _JOINER
        return (before in joined or _is_symbol(before)) and _is_symbol(after)
    return _is_arabic(before) and _is_arabic(after)


def _is_virama(letter: str) -> bool:
    return letter != "" and unicodedata.combining(letter) == _VIRAMA


def _is_symbol(letter: str) -> bool:
    return letter != "" and unicodedata.category(letter) in {"So", "Sk"}


def _is_arabic(letter: str) -> bool:
    return letter != "" and unicodedata.bidirectional(letter) in {"AL", "NSM"}


def refuse_invisible(name: str) -> None:
    """Validator. Raises ``ValidationError`` with the character's number and name."""
    if letter := invisible_in(normalize(name)):
        raise ValidationError(INVISIBLE, code="invisible", params=describe(letter))


def describe(letter: str) -> dict[str, str]:
    """A character that nobody sees, for ``INVISIBLE``."""
    name = unicodedata.name(letter, "") or _("a control character")
    return {"code": f"U+{ord(letter):04X}", "name": str(name)}


def clean_name(text: str) -> str:
    """The one form. Raises ``ValidationError`` for what holds an invisible character."""
    name = normalize(text)
    refuse_invisible(name)
    return name


def visible(text: str) -> str:
    """The one form of a name that was stored before any was refused: without what nobody sees."""
    name = normalize(text)
    while letter := invisible_in(name):
        name = normalize(name.replace(letter, ""))
    return name


class NameFormField(forms.CharField):
    """A name as a form asks for it."""

    default_validators = [refuse_invisible]  # noqa: RUF012 - as Django has it

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return normalize(text) if isinstance(text, str) else text


class NameField(_TextField):
    """A name in its one form: in forms, in imports, when it is saved, and when it is looked for."""

    default_validators = [refuse_invisible]  # noqa: RUF012 - as Django has it

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalize(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = clean_name(value)
            setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return normalize(prepared) if isinstance(prepared, str) else prepared

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": NameFormField, **kwargs})

    def deconstruct(self) -> Any:
        # To the database it is text as any other: migrations read and write it as it stands there.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class IsName(models.Func):
    """Whether a text is in the one form of a name; see common/sql/is_name.sql."""

    function = "is_name"
    output_field = models.BooleanField()


def holds_a_name(constraint: str, field: str = "name") -> models.CheckConstraint:
    """The database's own word that a column is normalized."""
    return models.CheckConstraint(
        condition=IsName(F(field)), name=constraint, violation_error_message=NOT_NORMALIZED
    )


NOT_NORMALIZED = _("A name has single spaces, composed letters and no invisible characters.")
