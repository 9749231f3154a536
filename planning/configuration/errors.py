"""Why a configuration was not saved. Each refusal changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.errors import RefusedError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from planning.configuration.state import Configuration


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field, or with a part where ``key`` names no field of it.

    ``constraint``: the database's rule that is broken, where it has no sentence of its own.
    """

    key: str
    message: "StrOrPromise" = ""
    constraint: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else has changed since the page was opened."""

    key: str
    was: str
    mine: str
    theirs: str

    @property
    def is_contested(self) -> bool:
        """Whether both have changed it."""
        return self.mine != self.was


class ConfigurationRefusedError(RefusedError):
    """``problems`` says all that stands in the way."""

    code = "CONFIGURATION_REFUSED"
    title = "The configuration cannot be so"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            " ".join(str(problem.message) or problem.constraint for problem in problems)
        )
        self.problems = tuple(problems)


class ConfigurationChangedError(RefusedError):
    """Somebody else has changed a part that is to be changed; ``differences`` says what, field by field."""

    code = "CONFIGURATION_CHANGED"
    title = "Somebody else has changed it"

    def __init__(self, differences: Sequence[Difference], current: "Configuration") -> None:
        super().__init__("Somebody else has changed the same parts meanwhile. Nothing was saved.")
        self.differences = tuple(differences)
        self.current = current
