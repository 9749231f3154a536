"""How the transfers of an event are approved, written out: to read, to print, to sign off.

Made from the policy, the rules and the roles as they are, and from nothing that passes with time:
the same text as long as nothing is decided otherwise.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import ndiff

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Prefetch
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from events.models import Event
from transfers import words
from transfers.errors import WorkflowChangedError
from transfers.models import TransferPolicy, WorkflowSignOff
from transfers.policy import policies_of
from transfers.selectors import rules_for

MAX_NOTE = 300


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Workflow:
    sections: Sequence[Section]

    @property
    def text(self) -> str:
        """Line by line, as it is kept with a signature."""
        lines = [
            line
            for section in self.sections
            for line in (section.title, *(f"- {sentence}" for sentence in section.sentences))
        ]
        return "\n".join(lines)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that a text has not any more, or has only now."""

    is_new: bool
    text: str


def workflow_of(event: Event) -> Workflow:
    """In one language, whoever reads it: all sign the same text."""
    with translation.override(settings.LANGUAGE_CODE):
        return _written(event, policies_of([event])[event.pk])


def _written(event: Event, policy: TransferPolicy) -> Workflow:
    return Workflow(
        (
            Section(_("The event"), _event(event)),
            Section(_("When an approval is needed"), (*words.approval(policy, event), _judged())),
            Section(_("Other changes that take units"), _changes()),
            Section(_("From which channels nobody takes"), (words.protection(policy),)),
            Section(_("Who decides"), _who(policy, event)),
            Section(_("How long it is waited, and what then"), _waiting(policy, event)),
            Section(_("Rules that ask by themselves"), _rules(event)),
            Section(_("How partners ask, and what they are told"), _partners()),
        )
    )


def _event(event: Event) -> list[str]:
    zone = event.venue.zone
    return [
        _("%(event)s at %(venue)s starts on %(at)s.")
        % {"event": event.name, "venue": event.venue, "at": words.moment(event.starts_at, zone)},
        _("Sales end on %s; from then on nothing moves.") % words.moment(event.sales_close, zone),
        _("The policy is the event's own.")
        if TransferPolicy.objects.filter(event=event).exists()
        else _("The policy is that of the venue for all its events."),
    ]


def _judged() -> str:
    return _(
        "Whether one is needed is judged when a transfer is asked for, and once more when it is "
        "carried out; the database carries out none without it."
    )


def _changes() -> list[str]:
    return [
        _(
            "A plan, drawing terms, a limit or another date can take units from a channel, or let it sell "
            "less. Such a change needs an approval where a transfer of its units would need one."
        ),
        _(
            "It waits in the same queue, as long as a transfer, for the same people. With four eyes, "
            "whoever has asked for it does not approve it."
        ),
        _(
            "Once it is approved it is done as it was asked for. If that is possible no more, it fails "
            "and changes nothing."
        ),
        _("Nothing is asked while an event is a draft, and a stop of sales never waits."),
    ]


def _who(policy: TransferPolicy, event: Event) -> list[str]:
    people = User.objects.filter(is_active=True, venues=event.venue_id).order_by("name", "pk")
    roles = Group.objects.filter(permissions__codename="approve_transfer").order_by("name")
    named = {group.pk for group in policy.approvers.all()}
    lines = []
    for group in roles.prefetch_related(Prefetch("user_set", people, to_attr="at_venue")):
        if named and group.pk not in named:
            continue
        holders = words.listed(person.name or person.email for person in group.at_venue)
        lines.append(
            _("%(role)s: %(people)s.")
            % {"role": group.name, "people": holders or _("nobody at this venue at present")}
        )
    return [
        _("One person of these roles decides:") if lines else _("No role decides at present."),
        *lines,
        _("Administrators of the system may decide as well."),
        words.eyes(policy),
        _("The decision is kept with its person, time and note; who rejects says why."),
    ]


def _waiting(policy: TransferPolicy, event: Event) -> list[str]:
    return [
        words.waiting(policy, event),
        _("What nobody has decided by then lapses: nothing moves, and it can be asked for again."),
        _("It can be withdrawn as long as it waits."),
        _(
            "If the units are not free any more when it is approved, it fails with the numbers; a "
            "part of them moves only where “or fewer” was asked for."
        ),
    ]


def _rules(event: Event) -> list[str]:
    lines = [words.rule_told(rule, event) for rule in rules_for(event) if rule.is_active]
    if not lines:
        return [_("No rule asks for transfers of this event.")]
    return [*lines, _("What a rule asks for needs an approval where a person's request does.")]


def _partners() -> list[str]:
    return [
        _("A partner asks by the API, POST /api/v1/transfers/, with units and a reason."),
        _("It may ask for more for itself, which always waits, or offer some of its own."),
        _("Units that move stand with their reason in the statement of both channels."),
        _("Who asked is told when a request is rejected, lapses or fails, and why."),
    ]


# --- Signing ------------------------------------------------------------------------------------


def sign_off(event: Event, *, digest: str, by: User, note: str, now: datetime) -> WorkflowSignOff:
    """Keep that a person has read the text and agrees with it.

    ``digest`` is that of what was read. Raises ``WorkflowChangedError`` when it says something
    else by now; then nothing is kept.
    """
    with transaction.atomic():
        workflow = workflow_of(event)
        if workflow.digest != digest:
            raise WorkflowChangedError(
                "It has changed while you read it: read it once more, then sign."
            )
        return WorkflowSignOff.objects.create(
            event=event,
            text=workflow.text,
            digest=digest,
            signed_by=by,
            at=now,
            note=note.strip()[:MAX_NOTE],
        )


def differences(signed: str, now: str) -> list[Difference]:
    """What a text says otherwise than the one that was signed, line by line."""
    return list(_differences(signed, now))


def _differences(signed: str, now: str) -> Iterator[Difference]:
    for line in ndiff(signed.splitlines(), now.splitlines()):
        mark, text = line[:2], line[2:].removeprefix("- ")
        if mark in ("- ", "+ "):
            yield Difference(mark == "+ ", text)
