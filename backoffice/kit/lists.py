"""Change lists of any length: what a page shows is read for the page, and nothing scans to count."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from backoffice.kit.chips import Chips, chips_of

# Beyond so many rows nobody needs the number, and counting would cost more than the page.
MAX_COUNTED = 10_000
LONGEST_NUMBER = 19  # digits of a bigint


class PageChangeList(ChangeList):
    """Gives the admin class the rows of the page, to read what their columns need of others."""

    chips: Chips

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
            self.result_list: list[Any] = list(self.result_list)
        except (DataError, OverflowError, ValueError) as error:
            # An address asked for a value that no column can have, such as a year of 11 digits.
            raise IncorrectLookupParameters(error) from error
        self.model_admin.load_page(request, self.result_list)
        self.chips = chips_of(self, request)


class BoundedPaginator(InfinitePaginator):
    """Knows how many rows there are up to a bound; beyond it leads from page to page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        count = rows.order_by()[: MAX_COUNTED + 1].count() if isinstance(rows, QuerySet) else 0
        return int(count if count <= MAX_COUNTED else super().count)

    @property
    def template_name(self) -> str:
        exact = "unfold/helpers/pagination_default.html"
        return exact if self.count <= MAX_COUNTED else str(InfinitePaginator.template_name)


class PageLoading:
    """Of an admin class whose columns show what is not in its own rows."""

    def load_page(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Read it for these rows, in as many statements however many rows there are."""

    def response_action(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        """What was chosen are numbers; anything else is nothing that this list has shown."""
        numbers = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(number.isdecimal() and len(number) < LONGEST_NUMBER for number in numbers):
            raise SuspiciousOperation("A chosen row is no number.")
        return super().response_action(request, queryset)  # type: ignore[misc]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PageChangeList]:
        del request, kwargs
        return PageChangeList
