"""Fields that a form shows only for some values of others: ``shown_when`` of an admin class.

The page reads those values and hides the lines of the rest (static/admin/shown_when.js); it never
writes to a field. Unfold's own ``conditional_fields`` binds each field of the form to a variable in
both directions, and what it cannot bind (a box of a many-to-many field) it empties or ticks. A field of a
dialog has the attribute ``shown_when`` itself.
"""

import json
from collections.abc import Iterable, Mapping


def shown_when(*cases: Mapping[str, Iterable[str]]) -> str:
    """For the attribute ``data-shown-when``: one of the cases is enough.

    A case names the accepted values of each of its fields, as they stand in the form; a switch has
    "true" and "false". A field that the form does not have fits every case.
    """
    return json.dumps([{field: list(values) for field, values in case.items()} for case in cases])
