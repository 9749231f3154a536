"""The question before another sales window of an item or listing opens or ends something at once."""

from typing import Any

from django.utils import timezone

from allocations.models import Listing
from backoffice.kit.confirmation import require_confirmed
from events.consequences import of_window
from events.models import Item

WINDOW = ("sales_from", "sales_until")


def require_confirmed_window(form: Any, part: Item | Listing, name: str) -> None:
    """Raises ``ConfirmationNeededError`` while the form does not say yes to what would happen."""
    if not set(WINDOW).intersection(form.changed_data):
        return
    before = type(part)._default_manager.values_list(*WINDOW).get(pk=part.pk)
    after = (part.sales_from, part.sales_until)
    require_confirmed(form, of_window(name, before, after, part.event, timezone.now()))
