"""Names that were stored before there was one form of a name, for migrations."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from common.names import name_key, visible

Owner = TypeVar("Owner")

logger = logging.getLogger(__name__)

# Of a name that nobody could see any letter of.
NAMELESS = "Unnamed"


def one_form(
    app: str, model: str, *, once_in: Sequence[str] | None = None, field: str = "name"
) -> Callable[[Any, Any], None]:
    """The function of a migration that writes each name of a model in its one form.

    Of names that become the same within ``once_in``, the later gets a number: which of two pools
    was meant, nobody but a person knows. The log says what each is called now.
    """

    def forward(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, model).objects.using(schema_editor.connection.alias)
        stored = list(rows.order_by("pk").values_list("pk", field, *(once_in or ())))
        for scope in {row[2:] for row in stored}:
            own = {row[0]: row[1] for row in stored if row[2:] == scope}
            for pk, name in renamed(own, is_unique=once_in is not None).items():
                rows.filter(pk=pk).update(**{field: name})
                logger.warning("%s %s: “%s” is now “%s”.", model, pk, own[pk], name)
        flush(schema_editor)

    return forward


def renamed(names: dict[Owner, str], *, is_unique: bool) -> dict[Owner, str]:
    """The owners whose names change, and their new names; empty names stay."""
    forms = {owner: visible(name) or NAMELESS for owner, name in names.items() if name}
    taken: set[str] = set()
    changed: dict[Owner, str] = {}
    # Who is called so already keeps the name.
    for owner in sorted(forms, key=lambda owner: forms[owner] != names[owner]):
        name = forms[owner]
        if is_unique:
            name = _free(name, taken)
            taken.add(name_key(name))
        if name != names[owner]:
            changed[owner] = name
    return changed


def _free(name: str, taken: Iterable[str]) -> str:
    number, free = 1, name
    while name_key(free) in taken:
        number += 1
        suffix = f" ({number})"
        free = f"{name[: 100 - len(suffix)].rstrip()}{suffix}"
    return free


def flush(schema_editor: Any) -> None:
    """Let triggers that wait for the commit speak now: no table with such may be altered."""
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")
