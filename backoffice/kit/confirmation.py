"""A form that asks before it saves what would take effect at once, or could not be taken back.

The first try saves nothing and says what would happen; the second one goes through if it was confirmed and
nothing else would happen by then.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _

from common.errors import RefusedError

if TYPE_CHECKING:
    from django.forms import BaseForm

FIELD = "confirmed"  # of the form, beside those of its model


class ConfirmationNeededError(RefusedError):
    """What a change would set off at once, in sentences; ``token`` stands for these and no others."""

    title: ClassVar[str] = "To be confirmed"

    def __init__(self, sentences: Iterable[str]) -> None:
        super().__init__(_("Nothing was saved yet. Read what this does at once, and confirm it."))
        self.sentences = tuple(sentences)
        self.token = sha256("\n".join(self.sentences).encode()).hexdigest()


def require_confirmed(form: "BaseForm", sentences: Iterable[str]) -> None:
    """Raises ``ConfirmationNeededError`` unless the form confirms just these sentences."""
    error = ConfirmationNeededError(sentences)
    if error.sentences and form.data.get(FIELD) != error.token:
        raise error
