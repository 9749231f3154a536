"""Who does something: a person, a program with an API key, or the system itself."""

from dataclasses import dataclass
from typing import Self

from django.contrib.auth.models import AbstractBaseUser


@dataclass(frozen=True, slots=True)
class Actor:
    """Ids only: what is recorded with a change must not hold personal data."""

    user_id: int | None = None
    api_key_id: int | None = None

    @classmethod
    def person(cls, user: AbstractBaseUser) -> Self:
        return cls(user_id=user.pk)


SYSTEM = Actor()
