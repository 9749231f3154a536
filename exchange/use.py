"""What is held and sold under the limits that a file would change."""

from collections.abc import Iterator, Sequence

from allocations.errors import LimitError
from exchange.base import Row, RowChange, Wrong
from exchange.references import saved
from sales.limits import count_under_each, require_room


def below_use(plans: Sequence[RowChange], owner: str) -> Iterator[tuple[Row, Wrong]]:
    """Limits below what is held and sold; ``owner`` is the line's field, ``item`` or ``listing``.

    One statement, without locks: the service counts again when it sets the limit.
    """
    limited = [planned for planned in plans if planned.to_settle.get("limit") is not None]
    known = saved(limited)
    used = count_under_each(owner, known) if known else {}
    for planned in limited:
        try:
            require_room(planned.to_settle["limit"], *used.get(planned.target.pk, (0, 0)))
        except LimitError as error:
            yield planned.row, Wrong("limit", error.detail)
