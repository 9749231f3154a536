"""Which index answers some conditions of a statement, whatever autovacuum knows of the tables by now."""

import re

from django.db import connection


def plan_of_conditions(statement: str, table: str, *patterns: str) -> str:
    """The plan of this table by the conditions of the statement that match, where rows are not read one by one.

    The whole statement would be no proof: of a few rows another index, or another order of joins, costs the same.
    """
    conditions = []
    for pattern in patterns:
        condition = re.search(pattern, statement)
        assert condition is not None, statement
        conditions.append(condition[0])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT FROM {table} WHERE {' AND '.join(conditions)}")
        return "\n".join(row[0] for row in cursor.fetchall())
