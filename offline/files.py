"""A sales file's way: it is sent, booked when somebody says so, undone.

Each step is asked for here, by a person or by a program with a key, and done by a worker
(``exchange.sales_files.work``), which reads the file too.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from allocations.enums import REPORTS_LATE
from allocations.models import SalesChannel
from common.actor import Actor
from common.after_commit import after_commit
from common.errors import InvalidInputError, NotFoundError
from common.names import visible
from common.worker import ask_worker
from idempotency.answers import Answer, Repeat, claim, store
from idempotency.retry import attempt
from offline.enums import FileState, LinesState
from offline.errors import AlwaysConnectedError, FileStateError, FileTooLargeError
from offline.file_answers import present
from offline.models import FileMapping, SalesFile

TASK = "exchange.tasks.work_on_sales_files"
LARGEST_FILE = 25_000_000
LONGEST_FILE_NAME = 200

# A step that is asked for → the states from which it leads on.
STEPS: Mapping[FileState, frozenset[FileState]] = {
    FileState.WAITING: frozenset({FileState.CHECKED, FileState.REJECTED, FileState.FAILED}),
    FileState.QUEUED: frozenset({FileState.CHECKED, FileState.FAILED}),
    FileState.REFUNDING: frozenset({FileState.DONE}),
    FileState.UNDOING: frozenset({FileState.DONE, FileState.FAILED}),
}
# One that is sent again is read anew: it may be read in another way by now, or is to be booked after all.
READ_ANEW = frozenset({FileState.REJECTED, FileState.FAILED, FileState.UNDOING, FileState.UNDONE})


@dataclass(frozen=True, slots=True)
class FileOrder:
    """A file as it is sent. ``mapping``: the version by which it is read; else the newest."""

    channel_id: int
    name: str
    content: bytes = field(repr=False)
    is_whole: bool = False
    mapping: int | None = None
    books: bool = False
    """Book it as soon as it is checked."""
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        # Made once, and before the channel is locked: a file may be large.
        object.__setattr__(self, "digest", digest_of(self.content))


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def file_name_of(name: str) -> str:
    """A file's name as it can be kept and shown: without what nobody sees."""
    return visible(name.replace("\x00", "\ufffd"))[-LONGEST_FILE_NAME:]


def require_size(size: int) -> None:
    """Raises ``FileTooLargeError``."""
    if size > LARGEST_FILE:
        raise FileTooLargeError(
            f"The file has {size} bytes; at most {LARGEST_FILE} are taken.",
            field="file",
            asked=size,
            maximum=LARGEST_FILE,
        )


def send_file(order: FileOrder, *, by: Actor, repeat: Repeat | None = None) -> Answer:
    """Take a file of a channel (``SalesFileJson``): a worker checks it, and books it if that is wanted.

    The channel's newest file, sent again in the same way, is that file: 200 with what it is by now, and no second
    one. 202 for every other.

    Raises ``FileTooLargeError``, ``InvalidInputError`` for an empty one, ``AlwaysConnectedError``,
    ``NotFoundError`` for a mapping that the channel has not, and the errors of ``idempotency.answers``.
    """
    _require_content(order.content)

    def work() -> Answer:
        claim(repeat)
        # Two that come at the same moment follow one another: the second finds the first.
        channel = SalesChannel.objects.select_for_update(no_key=True).get(pk=order.channel_id)
        if channel.connectivity not in REPORTS_LATE:
            raise AlwaysConnectedError(
                f"{channel.name} asks at each sale and sends no files. Set its connectivity to periodic or offline.",
                field="channel",
            )
        mapping = _mapping_of(channel, order.mapping)
        file = _sent_before(order, mapping, by)
        if file is None:
            status, file = 202, keep_file(order, by=by, mapping=mapping)
        else:
            status, file = 200, _book_if_wanted(file, order, by)
        answer = Answer(status, json.dumps(present(file)))
        store(repeat, answer)
        return answer

    return attempt(work)


def keep_file(order: FileOrder, *, by: Actor, mapping: FileMapping | None = None) -> SalesFile:
    """Keep a file and have it checked. Needs a transaction.

    Raises ``FileTooLargeError``, and ``InvalidInputError`` for an empty one.
    """
    _require_content(order.content)
    file = SalesFile.objects.create(
        channel_id=order.channel_id,
        name=file_name_of(order.name) or _("file without a name"),
        digest=order.digest,
        is_whole=order.is_whole,
        named_mapping=mapping,
        books_itself=order.books,
        content=order.content,
        state=FileState.WAITING,
        by_worker=True,
        user_id=by.user_id,
        api_key_id=by.api_key_id,
        asked_by_id=by.user_id,
        asked_by_key_id=by.api_key_id,
    )
    _start()
    return file


def book_file(file_id: int, *, by: Actor, reason: str = "", repeat: Repeat | None = None) -> Answer:
    """Have a worker book a file that is checked (``SalesFileJson``).

    Raises ``FileStateError`` where it is not, or where a program would book what people have uploaded, and the errors
    of ``idempotency.answers``.
    """
    return _ask_over_api(file_id, FileState.QUEUED, by, reason, repeat)


def undo_file(file_id: int, *, by: Actor, reason: str = "", repeat: Repeat | None = None) -> Answer:
    """Have a worker take back what a file has added, and sell again what it has taken back (``SalesFileJson``).

    Raises ``FileStateError`` where nothing of it is booked, or where a program would undo what people have uploaded, and
    the errors of ``idempotency.answers``.
    """
    return _ask_over_api(file_id, FileState.UNDOING, by, reason, repeat)


def _ask_over_api(
    file_id: int, step: FileState, by: Actor, reason: str, repeat: Repeat | None
) -> Answer:
    def require_own(file: SalesFile) -> None:
        if by.api_key_id is not None and file.api_key_id is None:
            raise FileStateError(
                "People of the venue have uploaded this file: they book and undo it.",
                state=file.state,
            )

    def work() -> Answer:
        claim(repeat)
        file = ask_for(file_id=file_id, step=step, by=by, reason=reason, check=require_own)
        answer = Answer(202, json.dumps(present(file)))
        store(repeat, answer)
        return answer

    return attempt(work)


def is_possible(file: SalesFile, step: FileState) -> bool:
    """Whether it can be asked for now."""
    if file.state not in STEPS[step]:
        return False
    if file.lines_state != LinesState.KEPT and step != FileState.UNDOING:
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


def _anything(_file: SalesFile) -> None:
    """Of who rests on nothing that was shown before."""


def ask_for(
    *,
    file_id: int,
    step: FileState,
    by: Actor,
    reason: str = "",
    check: Callable[[SalesFile], None] = _anything,
) -> SalesFile:
    """Have a worker check, book or undo a file, or refund what is gone from it. Needs a transaction.

    Raises ``FileStateError`` where it is in no state for that, and what ``check`` raises of the locked file.
    """
    file = _lock(file_id)
    if not is_possible(file, step):
        raise FileStateError(
            _("The file is: %s. That is not possible now.") % FileState(file.state).label,
            state=file.state,
        )
    check(file)
    file.state, file.reason, file.by_worker = step, reason, True
    file.asked_by_id, file.asked_by_key_id = by.user_id, by.api_key_id
    file.attempts, file.done, file.total, file.message = 0, 0, 0, ""
    if step == FileState.WAITING:
        # Whoever has it checked again wants to look at it first.
        file.checked_at, file.summary, file.books_itself = None, {}, False
    file.save(
        update_fields=(
            *("state", "asked_by", "asked_by_key_id", "reason", "by_worker", "checked_at"),
            *("books_itself", "summary", "attempts", "done", "total", "message"),
        )
    )
    _start()
    return file


def _lock(file_id: int) -> SalesFile:
    files = SalesFile.objects.select_for_update(of=("self",)).select_related("mapping")
    return files.defer("content").get(pk=file_id)


def _require_content(content: bytes) -> None:
    require_size(len(content))
    if not content.strip():
        raise InvalidInputError(_("The file is empty."), field="file")


def _mapping_of(channel: SalesChannel, version: int | None) -> FileMapping | None:
    if version is None:
        return None
    versions = {mapping.version: mapping for mapping in channel.file_mappings.all()}
    if version not in versions:
        there = f"its versions are 1 to {max(versions)}" if versions else "it has none yet"
        raise NotFoundError(
            f"The channel has no mapping {version}: {there}.",
            field="mapping",
            asked=version,
            newest=max(versions, default=None),
        )
    return versions[version]


def _sent_before(order: FileOrder, mapping: FileMapping | None, by: Actor) -> SalesFile | None:
    """The channel's newest file, if it is this one and can be told nothing new.

    One of before is not looked at: what a file says may be so again, after another has said otherwise. A program does
    not take up what people have uploaded, nor people what a program has sent.
    """
    files = SalesFile.objects.filter(channel=order.channel_id).select_related("mapping")
    newest = files.defer("content").order_by("-pk").first()
    if (
        newest is None
        or (newest.digest, newest.is_whole) != (order.digest, order.is_whole)
        or newest.named_mapping_id != (mapping.pk if mapping is not None else None)
        or newest.state in READ_ANEW
        or (newest.lines_state != LinesState.KEPT and newest.state != FileState.DONE)
        or newest.summary.get("unreadable")
        or (newest.api_key_id is None) != (by.api_key_id is None)
        or not (newest.by_worker or newest.state == FileState.DONE)
    ):
        return None
    return newest


def _book_if_wanted(file: SalesFile, order: FileOrder, by: Actor) -> SalesFile:
    """A file that was sent to be checked may be sent again to be booked."""
    if not order.books:
        return file
    file = _lock(file.pk)
    if is_possible(file, FileState.QUEUED):
        return ask_for(file_id=file.pk, step=FileState.QUEUED, by=by)
    if file.state in {FileState.WAITING, FileState.CHECKING}:
        file.books_itself = True
        file.asked_by_id, file.asked_by_key_id = by.user_id, by.api_key_id
        file.save(update_fields=("books_itself", "asked_by", "asked_by_key_id"))
    return file


def _start() -> None:
    # Without Redis nobody is told; once it is back, beat has the file found.
    after_commit(lambda: ask_worker(TASK, queue="default"))
