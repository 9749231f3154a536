"""A rehearsal goes with all that hangs on it: nothing of it is in any number afterwards.

The database lets rows be deleted that otherwise stay for ever, such as movements and bookings, where they are a
rehearsal's (``events_is_rehearsal`` in ``events/sql``), and no others.
"""

from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Model, Q

from accounts.selectors import rehearsals
from alerts.models import Alert
from allocations.models import SalesChannel
from events.enums import Changing
from events.models import Commit, Event, Venue
from idempotency.models import StoredAnswer
from transfers.models import Transfer

Keys = dict[type[Model], set[Any]]
# Of what is noted without a foreign key that it was changed.
NOTED = {Changing.EVENT: Event, Changing.TRANSFER: Transfer, Changing.ALERT: Alert}


def remove_all() -> int:
    """Remove every rehearsal there is; for whoever knows that none is used. Returns how many there were."""
    venues = list(Venue.objects.filter(pk__in=rehearsals()).values_list("pk", flat=True))
    for venue_id in venues:
        remove(venue_id)
    return len(venues)


def remove(venue_id: int) -> None:
    """Remove a rehearsal, by its venue, whole or not at all. Opens a transaction; one that is gone is no error.

    Raises ``IntegrityError`` when somebody sells of it at this moment: try again.
    """
    with transaction.atomic():
        venue = Venue.objects.filter(pk=venue_id, is_rehearsal=True).first()
        if venue is None:
            return
        venue.lock_its_events()
        keys = collect(venue)
        scopes = [f"channel:{channel}" for channel in keys.get(SalesChannel, ())]
        StoredAnswer.objects.filter(scope__in=scopes).delete()
        for model in _children_first(keys):
            rows = model._base_manager.filter(pk__in=keys[model])
            rows._raw_delete(rows.db)  # noqa: SLF001 - Django collects nothing
        connection.check_constraints()  # now, and not at the commit, triggers note what has changed
        for kind, noted in NOTED.items():
            Commit.objects.filter(kind=kind, target_id__in=keys.get(noted, ())).delete()


def collect(venue: Venue) -> Keys:
    """All rows that hang on the venue by foreign keys, however far away, with their history."""
    keys: Keys = {}
    news: list[tuple[type[Model], set[Any]]] = [(Venue, {venue.pk})]
    while news:
        model, candidates = news.pop()
        new = candidates - keys.setdefault(model, set())
        if not new:
            continue
        keys[model] |= new
        for child, condition in _hanging_on(model, new):
            rows = child._base_manager.filter(condition)
            news.append((child, set(rows.values_list("pk", flat=True))))
    return keys


def _hanging_on(model: type[Model], keys: Iterable[Any]) -> Iterator[tuple[type[Model], Q]]:
    """The models whose rows go with rows of this one, and which of their rows."""
    for child in apps.get_models(include_auto_created=True):
        for field in child._meta.concrete_fields:
            if _leads_to(field, model):
                yield child, Q(**{f"{field.name}__in": keys})
    # simple_history's own way to say which manager has the records.
    if (name := getattr(model._meta, "simple_history_manager_attribute", None)) is not None:
        record = getattr(model, name).model
        yield record, Q(**{f"{model._meta.pk.name}__in": keys})


def _leads_to(field: "models.Field[Any, Any]", model: type[Model]) -> bool:
    """What is only forgotten when its target goes does not go with it."""
    if not isinstance(field, models.ForeignKey):
        return False
    is_key = field.related_model._meta.concrete_model is model
    return is_key and field.remote_field.on_delete is not models.SET_NULL


def _children_first(keys: Keys) -> list[type[Model]]:
    """In an order in which the database's triggers still find what a row is of."""
    order: TopologicalSorter[type[Model]] = TopologicalSorter()
    for child in keys:
        order.add(child)
        for field in child._meta.concrete_fields:
            parent = field.related_model
            if parent in keys and parent is not child:
                order.add(parent, child)
    return list(order.static_order())
