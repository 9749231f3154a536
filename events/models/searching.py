"""The index that answers a search for a part of a name."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db.models.functions import Upper


def found_by_part(column: str, *, name: str) -> GinIndex:
    """For ``column__icontains``, which Django writes as a LIKE on capital letters.

    It cuts a text into pieces of three letters; a word of two is looked for row by row.
    """
    return GinIndex(OpClass(Upper(column), name="gin_trgm_ops"), name=name)
