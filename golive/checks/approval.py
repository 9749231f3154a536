"""How transfers are approved was read and signed, and near the start one really waits for its approval."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from allocations.enums import StockKind
from allocations.models import Stock
from common.actor import SYSTEM
from common.addresses import change_url
from common.history import save_because
from common.text import local_time, number
from events.models import Event
from golive.rehearsal import REASON
from golive.results import Finding, doubtful, failed, passed
from golive.stage import Stage
from transfers.models import WorkflowSignOff
from transfers.policy import policies_of
from transfers.selectors import APPROVE
from transfers.workflow import workflow_of

CREATED = (200, 201, 202)
WAITS = "REQUESTED"
# Who asks may not approve; so many are looked through for one who may.
MAX_PEOPLE = 200


def check(stage: Stage) -> Iterator[Finding]:
    """Raises ``UnreachableError``. Moves the rehearsal near to its start."""
    yield _document(stage)
    yield _people(stage)
    yield _transfer(stage)


def _document(stage: Stage) -> Finding:
    event = stage.event
    address = reverse("admin:transfers_event_approval", args=(event.pk,))
    signature = (
        WorkflowSignOff.objects.filter(event=event)
        .select_related("signed_by")
        .order_by("-pk")
        .first()
    )
    if signature is None:
        return failed("Nobody has signed how transfers are approved.", "Read and sign it.", address)
    at = local_time(signature.at, event.venue.zone)
    if signature.digest != workflow_of(event).digest:
        return failed(
            f"How transfers are approved has changed since {signature.signed_by} signed it on {at}.",
            "Read what is new, and sign it.",
            address,
        )
    return passed(f"{signature.signed_by} has read and signed how transfers are approved, on {at}.")


def _people(stage: Stage) -> Finding:
    event = stage.event
    roles = {role.pk for role in policies_of([event])[event.pk].approvers.all()}
    people = User.objects.filter(is_active=True, venues=event.venue_id)[:MAX_PEOPLE]
    count = sum(
        person.has_perm(APPROVE) and (not roles or person.groups.filter(pk__in=roles).exists())
        for person in people
    )
    if not count:
        return failed(
            "Nobody who works for the venue may approve a transfer.",
            "Give somebody of the venue a role that approves.",
            reverse("admin:accounts_user_changelist"),
        )
    return passed(f"People who may approve a transfer: {number(count)}.")


def _transfer(stage: Stage) -> Finding:
    policy = policies_of([stage.event])[stage.event.pk]
    address = f"{change_url(stage.event)}#dataset-transfers"
    if not policy.approval_hours:
        return doubtful(
            "The policy asks for no approval near the start: no transfer would wait.",
            "Set the hours before the start in the transfer policy, if that is not meant.",
            address,
        )
    row = _row(stage)
    if row is None or row.pool_id is None:
        return doubtful(
            "No channel has a free unit that a test transfer could move.",
            "Give a channel a part of the stock, and run it again.",
            address,
        )
    _move_near(stage.copy, policy.approval_hours)
    body = {
        "event": stage.copy.pk,
        "pool": row.pool_id,
        "direction": "BACK",
        "units": 1,
        "reason": REASON,
    }
    original = next(
        pk for pk, copy in stage.rehearsal.channels.items() if copy.pk == row.channel_id
    )
    answer = stage.site.post("/transfers/", stage.secrets[original], body)
    status = str(answer.body.get("status", answer.words))
    what = f"A test transfer within {number(policy.approval_hours)} hours of the start"
    quantity = Stock.objects.get(pk=row.pk).quantity
    if answer.status not in CREATED:
        return failed(f"{what} was answered {answer.words}.", "See why.", address)
    if status != WAITS or quantity != row.quantity:
        return failed(
            f"{what} did not wait: it is {status.lower()}.",
            "Do not go on sale. See the transfer policy.",
            address,
        )
    return passed(f"{what} waits for an approval; no unit has moved.")


def _row(stage: Stage) -> Stock | None:
    """A channel's part with a free unit of its own."""
    rows = Stock.objects.filter(event=stage.copy, kind=StockKind.CHANNEL).order_by("pk")
    return next((row for row in rows if row.quantity - row.held - row.sold > 0), None)


def _move_near(copy: Event, hours: int) -> None:
    """So that the approval window is open; its sales go on until it starts."""
    starts_at = min(copy.starts_at, timezone.now() + timedelta(hours=hours) / 2)
    lasts = None if copy.ends_at is None else copy.ends_at - copy.starts_at
    copy.starts_at = starts_at
    copy.ends_at = None if lasts is None else starts_at + lasts
    copy.sales_until = None
    fields = ("starts_at", "ends_at", "sales_until")
    save_because(copy, REASON, by=SYSTEM, fields=fields)
