"""How this system's transactions begin; the setting DATABASES names the class."""

import psycopg
from django.conf import settings
from psycopg import errors, generators, pq
from psycopg.abc import PQGen


class Connection(psycopg.Connection[tuple[object, ...]]):
    """One whose transactions wait for a lock no longer than ``settings.LOCK_TIMEOUT_MS``.

    Said with each BEGIN, in the same round trip and for that transaction alone. An option of the
    connection or a SET of the session would be lost, or left to somebody else, where a pooler gives
    each transaction another session of the server.
    """

    def _start_query(self) -> PQGen[None]:
        if self.autocommit or self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            return
        begin = self._get_tx_start_command()
        # psycopg itself takes one command at a time; several in a simple query are one round trip.
        self.pgconn.send_query(
            b"%b; SET LOCAL lock_timeout = %d" % (begin, settings.LOCK_TIMEOUT_MS)
        )
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != pq.ExecStatus.COMMAND_OK:
                raise errors.error_from_result(result)
