"""What pages ask of a channel's sales files: they are sent, and each step rests on the numbers that were shown.

A file's way is ``offline.files``; what booking it would change is said here, where files are read.
"""

from django.core.files import File

from accounts.models import User
from allocations.models import SalesChannel
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from exchange.sales_files.booking import effect_of, summary_of
from exchange.sales_files.mapping import FileMapping
from offline import models
from offline.enums import FileState
from offline.models import SalesFile
from offline.services import FileOrder, keep_file, require_file_size
from offline.services import ask_for_step as ask


def upload_file(
    *, channel: SalesChannel, file: "File[bytes]", is_whole: bool, user: User
) -> SalesFile:
    """Keep a file and have it checked. Needs a transaction. Raises what ``offline.services.keep_file`` raises."""
    require_file_size(file.size or 0)
    order = FileOrder(channel.pk, file.name or "", file.read(), is_whole=is_whole)
    return keep_file(order, by=Actor.person(user))


def ask_for(
    *,
    file_id: int,
    step: FileState,
    user: User,
    reason: str = "",
    as_shown: AsShown = nothing_shown,
) -> SalesFile:
    """Have a worker check, book or undo a file, or refund what is gone from it. Needs a transaction.

    Raises ``FileStateError`` where it is in no state for that, and what ``as_shown`` raises of the numbers that the
    person was shown.
    """
    return ask(
        file_id=file_id,
        step=step,
        by=Actor.person(user),
        reason=reason,
        check=lambda file: as_shown(numbers_of(file, step)),
    )


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


def save_mapping(
    *, file_id: int, mapping: FileMapping, reason: str, user: User
) -> models.FileMapping:
    """Read a channel's files by this from now on, and check the file on which it was made again.

    Raises ``FileStateError`` where the file is in no state for that.
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
    # Whichever version its sender has named: this one was made on it.
    SalesFile.objects.filter(pk=file_id).update(named_mapping=None)
    ask_for(file_id=file_id, step=FileState.WAITING, user=user)
    return kept
