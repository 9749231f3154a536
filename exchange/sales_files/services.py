"""A sales file's way in the hands of people: uploaded, booked when somebody says so, undone.

Each step is asked for here, needs a transaction, and is done by a worker (``exchange.sales_files.work``).
"""

from collections.abc import Mapping
from datetime import datetime

from django.core.files import File
from django.utils.translation import gettext as _

from accounts.models import User
from allocations.models import SalesChannel
from common.after_commit import after_commit
from common.as_shown import AsShown, nothing_shown
from common.worker import ask_worker
from exchange.errors import FileRefusedError, RunStateError
from exchange.models import FILE_KEPT
from exchange.sales_files.booking import effect_of, summary_of
from exchange.sales_files.mapping import FileMapping
from exchange.sales_files.reading import digest_of, name_of, require_size
from offline import models
from offline.enums import FileState
from offline.models import SalesFile

TASK = "exchange.tasks.work_on_sales_files"

# A step that a person asks for → the states from which it leads on.
STEPS: Mapping[FileState, frozenset[FileState]] = {
    FileState.WAITING: frozenset({FileState.CHECKED, FileState.REJECTED, FileState.FAILED}),
    FileState.QUEUED: frozenset({FileState.CHECKED, FileState.FAILED}),
    FileState.REFUNDING: frozenset({FileState.DONE}),
    FileState.UNDOING: frozenset({FileState.DONE, FileState.FAILED}),
}


def upload_file(
    *, channel: SalesChannel, file: "File[bytes]", is_whole: bool, user: User
) -> SalesFile:
    """Keep a file and have it checked. Raises ``FileRefusedError`` for one that is too large or empty."""
    require_size(file.size or 0)
    content = file.read()
    if not content.strip():
        raise FileRefusedError(_("The file is empty."), field="file")
    kept = SalesFile.objects.create(
        channel=channel,
        name=name_of(file.name or "") or _("file without a name"),
        digest=digest_of(content),
        is_whole=is_whole,
        content=content,
        state=FileState.WAITING,
        by_worker=True,
        user=user,
        asked_by=user,
    )
    _start()
    return kept


def is_possible(file: SalesFile, step: FileState) -> bool:
    """Whether a person can ask for it now."""
    if file.state not in STEPS[step]:
        return False
    match step:
        case FileState.WAITING:
            # What was booked of it was booked as it was read then.
            has_content = SalesFile.objects.filter(pk=file.pk, content__isnull=False).exists()
            return has_content and not file.syncs.exists()
        case FileState.QUEUED:
            return file.checked_at is not None
        case FileState.REFUNDING:
            return file.is_whole and bool(file.summary.get("gone"))
        case _:
            return file.syncs.exists()


def ask_for(
    *,
    file_id: int,
    step: FileState,
    user: User,
    reason: str = "",
    as_shown: AsShown = nothing_shown,
) -> SalesFile:
    """Have a worker check, book or undo a file, or refund what is gone from it.

    Raises ``RunStateError`` where it is in no state for that, and what ``as_shown`` raises of the numbers that the
    person was shown.
    """
    file = SalesFile.objects.select_for_update().defer("content").get(pk=file_id)
    if not is_possible(file, step):
        raise RunStateError(
            _("The file is: %s. That is not possible now.") % FileState(file.state).label,
            state=file.state,
        )
    as_shown(numbers_of(file, step))
    file.state, file.asked_by, file.reason, file.by_worker = step, user, reason, True
    file.attempts, file.done, file.total, file.message = 0, 0, 0, ""
    if step == FileState.WAITING:
        file.checked_at, file.summary = None, {}
    file.save(
        update_fields=(
            *("state", "asked_by", "reason", "by_worker", "checked_at", "summary"),
            *("attempts", "done", "total", "message"),
        )
    )
    _start()
    return file


def numbers_of(file: SalesFile, step: FileState) -> dict[str, int]:
    """The tickets that a step adds and takes back, as of now."""
    match step:
        case FileState.QUEUED:
            summary = summary_of(file)
            return {"added": summary.added, "taken_back": summary.taken_back}
        case FileState.REFUNDING:
            return {"added": 0, "taken_back": summary_of(file).gone_tickets}
        case FileState.UNDOING:
            taken_back, added = effect_of(file)
            return {"added": added, "taken_back": taken_back}
        case _:
            return {"added": 0, "taken_back": 0}


def forget_old_files(*, now: datetime) -> int:
    """Drop the bytes of files that were uploaded a month ago and are read; returns how many."""
    old = SalesFile.objects.filter(uploaded_at__lt=now - FILE_KEPT, content__isnull=False)
    return old.exclude(state__in=(FileState.WAITING, FileState.CHECKING)).update(content=None)


def save_mapping(
    *, file_id: int, mapping: FileMapping, reason: str, user: User
) -> models.FileMapping:
    """Read a channel's files by this from now on, and check the file on which it was made again.

    Raises ``RunStateError`` where the file is in no state for that.
    """
    file = SalesFile.objects.select_related("channel").defer("content").get(pk=file_id)
    # Two who say it at once make two versions.
    SalesChannel.objects.select_for_update(no_key=True).get(pk=file.channel_id)
    last = file.channel.file_mappings.order_by("-version").first()
    kept = models.FileMapping.objects.create(
        channel=file.channel,
        version=last.version + 1 if last else 1,
        content=mapping.content,
        user=user,
        reason=reason,
    )
    ask_for(file_id=file_id, step=FileState.WAITING, user=user)
    return kept


def _start() -> None:
    # Without Redis nobody is told; once it is back, beat has the file found.
    after_commit(lambda: ask_worker(TASK, queue="default"))
