"""What is found, as the page shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import site
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from common.addresses import change_url
from common.typed import Typed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Found:
    """One line: where it leads, what it is called, and where, when and how it stands."""

    href: str
    icon: str
    title: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    heading: "StrOrPromise"
    rows: Sequence[Found]


@dataclass(frozen=True, slots=True)
class Finder:
    """How objects of a model are found.

    ``rows``: what the words find within the person's venues, best first; of no words, whatever there is. It is one
    statement, answered by indexes, and is cut to a few rows. ``say``: its name, and what tells it from others.
    ``read``: whatever more actions need to know of some rows.
    """

    model: type[Model]
    icon: str
    rows: Callable[[HttpRequest, Typed], "QuerySet[Any]"]
    say: Callable[[Any], tuple[str, tuple[str, ...]]]
    acts: bool = False
    read: Callable[[Sequence[Any]], None] = lambda _rows: None

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def heading(self) -> str:
        return str(capfirst(self.model._meta.verbose_name_plural or ""))

    @property
    def admin(self) -> Any:
        return site.get_model_admin(self.model)

    def is_for(self, request: HttpRequest) -> bool:
        """Whether the person may open pages of the model."""
        return cast("bool", self.admin.has_view_permission(request))

    def shown(self, row: Any) -> Found:
        title, about = self.say(row)
        return Found(change_url(row), self.icon, title, about)
