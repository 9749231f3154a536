"""Who does something: a person, a program with an API key, or the system itself."""

from dataclasses import dataclass, replace
from typing import Self

from django.contrib.auth.models import AbstractBaseUser

# As long as the columns that keep it.
LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True)
class Actor:
    """Ids only: what is recorded with a change must not hold personal data.

    ``internal_note``: what a person says of it for people of the venue alone. It is kept beside the reason by
    whatever keeps one that partners read.
    """

    user_id: int | None = None
    api_key_id: int | None = None
    internal_note: str = ""

    @classmethod
    def person(cls, user: AbstractBaseUser) -> Self:
        return cls(user_id=user.pk)

    def noting(self, text: str) -> Self:
        """The same, with a note of at most ``LONGEST_NOTE`` characters."""
        return replace(self, internal_note=text.strip()[:LONGEST_NOTE])


SYSTEM = Actor()
