"""What happens once a change is certain."""

from collections.abc import Callable

from django.db import transaction


def after_commit(action: Callable[[], object]) -> None:
    """Run ``action`` when the present transaction has committed, and never if it does not.

    A failing action is logged and swallowed: the change stands, and its news is only late.
    """
    transaction.on_commit(action, robust=True)
