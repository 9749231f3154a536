"""What the dialogs have in common that decide transfers, and changes beside them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.kit.dialogs import dialog_action
from transfers.enums import TransferStatus
from transfers.models import ChangeRequest, Transfer
from transfers.selectors import APPROVE, REQUEST


def waits(subject: Transfer | ChangeRequest) -> bool:
    return subject.status == TransferStatus.REQUESTED


rejecting: Callable[..., Any] = partial(
    dialog_action,
    _("Reject"),
    permission=APPROVE,
    submit=_("Reject"),
    icon="block",
    danger=True,
    shown=waits,
)
withdrawing: Callable[..., Any] = partial(
    dialog_action,
    _("Withdraw"),
    permission=REQUEST,
    submit=_("Withdraw"),
    icon="undo",
    danger=True,
    shown=waits,
)
