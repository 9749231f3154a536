"""An import's way: uploaded, checked, confirmed with a reason, imported.

Each step by a person needs a transaction; ``exchange.work`` is what the worker does between them.
"""

from datetime import datetime

from django.core.files import File
from django.db.models import QuerySet

from accounts.models import User
from common.after_commit import after_commit
from common.names import visible
from common.worker import ask_worker
from exchange.enums import TRANSITIONS, FileKind, RunState
from exchange.errors import FileRefusedError, NotYoursError, RunStateError
from exchange.models import FILE_KEPT, LARGEST_FILE, ImportRun

TASK = "exchange.tasks.work_on_imports"

ZIP = b"PK\x03\x04"
# What confirming writes, and checking again takes back.
CONFIRMING = (
    *("state", "reason", "internal_note", "confirmed_by"),
    *("attempts", "done", "message"),
)


def upload_file(*, file: "File[bytes]", table: str, user: User) -> ImportRun:
    """Keep a file and have it checked.

    Raises ``FileRefusedError`` for one that is too large, empty, or neither CSV nor a workbook by
    its name and its first bytes.
    """
    name = visible((file.name or "").replace("\x00", "\ufffd"))[-200:]
    if (file.size or 0) > LARGEST_FILE:
        raise FileRefusedError(
            f"The file has {file.size} bytes; at most {LARGEST_FILE} are taken.",
            field="file",
            maximum=LARGEST_FILE,
        )
    content = file.read()
    if not content.strip():
        raise FileRefusedError("The file is empty.", field="file")
    run = ImportRun.objects.create(
        name=name,
        kind=_kind_of(name, content),
        table=table,
        content=content,
        size=len(content),
        uploaded_by=user,
    )
    _start()
    return run


def _kind_of(name: str, content: bytes) -> FileKind:
    suffix = name.rpartition(".")[2].lower()
    if suffix in {"csv", "txt", "tsv"} and not content.startswith(ZIP):
        return FileKind.CSV
    if suffix == "xlsx" and content.startswith(ZIP):
        return FileKind.XLSX
    raise FileRefusedError(
        "Only CSV files (.csv) and Excel workbooks (.xlsx) can be imported; an older .xls is saved "
        "again as .xlsx.",
        field="file",
    )


def confirm_import(*, run_id: int, reason: str, internal_note: str = "", user: User) -> ImportRun:
    """Have a file without problems imported, in the name of who confirms it.

    Of plans partners read the ``reason``; ``internal_note`` the venue alone. Raises ``RunStateError``, and ``NotYoursError`` for another's file: what it does is bounded by
    its uploader's venues, and so only a superuser may stand in.
    """
    run = _lock(run_id)
    if not may_confirm(run, user):
        raise NotYoursError(f"{run.uploaded_by} has uploaded this file: let them import it.")
    _require_file(run)
    move(run, RunState.QUEUED)
    run.reason, run.internal_note, run.confirmed_by = reason, internal_note, user
    run.attempts, run.done, run.message = 0, 0, ""
    run.save(update_fields=CONFIRMING)
    _start()
    return run


def may_confirm(run: ImportRun, user: User) -> bool:
    return user.is_active and (user.pk == run.uploaded_by_id or user.is_superuser)


def check_again(*, run_id: int) -> ImportRun:
    """Check a file once more: the set-up may have changed. Raises ``RunStateError``."""
    run = _lock(run_id)
    _require_file(run)
    move(run, RunState.WAITING)
    run.reason, run.internal_note, run.confirmed_by = "", "", None
    run.attempts, run.done, run.message = 0, 0, ""
    run.save(update_fields=CONFIRMING)
    _start()
    return run


def discard(*, run_id: int) -> ImportRun:
    """Give a file up that has not been imported, and forget it. Raises ``RunStateError``."""
    run = _lock(run_id)
    move(run, RunState.DISCARDED)
    run.content = None
    run.save(update_fields=("state", "content"))
    return run


def forget_old_files(*, now: datetime) -> int:
    """Drop the bytes of files that nobody works on any more; the runs stay. Returns how many."""
    old: QuerySet[ImportRun] = ImportRun.objects.filter(
        uploaded_at__lt=now - FILE_KEPT,
        content__isnull=False,
        state__in=[state for state, after in TRANSITIONS.items() if _is_at_rest(state, after)],
    )
    return old.update(content=None)


def _is_at_rest(state: RunState, after: frozenset[RunState]) -> bool:
    return not after or RunState.WAITING in after or state == RunState.READY


def move(run: ImportRun, state: RunState) -> None:
    """Raises ``RunStateError`` for a step that is not in ``TRANSITIONS``."""
    if state not in TRANSITIONS[RunState(run.state)]:
        now = str(RunState(run.state).label).lower()
        raise RunStateError(f"The import is {now}; that is not possible any more.", state=run.state)
    run.state = state


def _require_file(run: ImportRun) -> None:
    if run.content is None:
        raise RunStateError("The file has been forgotten; upload it again.")


def _lock(run_id: int) -> ImportRun:
    return ImportRun.objects.select_for_update().get(pk=run_id)


def _start() -> None:
    # Without Redis nobody is told; once it is back, beat has the run found.
    after_commit(lambda: ask_worker(TASK, queue="default"))
