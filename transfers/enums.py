from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TransferStatus(TextChoices):
    REQUESTED = "REQUESTED", _("Waiting")
    APPROVED = "APPROVED", _("Approved")
    EXECUTED = "EXECUTED", _("Executed")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Withdrawn")
    LAPSED = "LAPSED", _("Lapsed")
    FAILED = "FAILED", _("Failed")
    TRIAL = "TRIAL", _("Trial only")


# Every lawful change of status. The trigger transfers_transfer_moves holds it in the
# database, and refuses the step to EXECUTED while an approval is needed and nobody has given it.
TRANSITIONS: dict[TransferStatus, frozenset[TransferStatus]] = {
    TransferStatus.REQUESTED: frozenset(
        {
            TransferStatus.APPROVED,
            TransferStatus.EXECUTED,
            TransferStatus.REJECTED,
            TransferStatus.CANCELLED,
            TransferStatus.LAPSED,
            TransferStatus.FAILED,
        }
    ),
    TransferStatus.APPROVED: frozenset({TransferStatus.EXECUTED, TransferStatus.FAILED}),
    TransferStatus.EXECUTED: frozenset(),
    TransferStatus.REJECTED: frozenset(),
    TransferStatus.CANCELLED: frozenset(),
    TransferStatus.LAPSED: frozenset(),
    TransferStatus.FAILED: frozenset(),
    # What a rule on trial would have asked for: nothing ever becomes of it.
    TransferStatus.TRIAL: frozenset(),
}


class Origin(TextChoices):
    """Who asks for a transfer."""

    PERSON = "PERSON", _("A person")
    PARTNER = "PARTNER", _("A partner")
    RULE = "RULE", _("A rule")
    DYNAMIC = "DYNAMIC", _("Dynamic plan")
    BUFFER = "BUFFER", _("Safety buffer")


class Need(TextChoices):
    """Why a transfer needs an approval; worked out by transfers_needs() in the database."""

    NEAR_START = "NEAR_START", _("close to the start of the event")
    MOVED_AWAY = "MOVED_AWAY", _("moved away when its former start was close")
    ABOVE_UNITS = "ABOVE_UNITS", _("more units than may move without it")
    NAMED_CHANNEL = "NAMED_CHANNEL", _("a channel whose transfers always need approval")
    PARTNER_ASKS = "PARTNER_ASKS", _("a partner asks for more")


class ChangeKind(TextChoices):
    """What else takes units, or their use, from channels, and waits for an approval as a transfer does."""

    PLAN = "PLAN", _("Apply a plan")
    DRAWING = "DRAWING", _("Drawing terms")
    LIMIT = "LIMIT", _("Limit")
    DATES = "DATES", _("Another date")
    KILL = "KILL", _("Take out of sale")


class Amount(TextChoices):
    """How much a rule moves."""

    UNITS = "UNITS", _("A number of units")
    PERCENT = "PERCENT", _("A percentage of what the source has unsold")
    EQUALIZE = "EQUALIZE", _("So much that both have sold the same share")


class Audience(TextChoices):
    """Who is told of a transfer."""

    APPROVERS = "APPROVERS", _("Approvers")
    SOURCE = "SOURCE", _("Partner that gives")
    TARGET = "TARGET", _("Partner that gets")
