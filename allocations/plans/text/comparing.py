"""What one version of a plan says otherwise than another: "from 30 % to 25 %, because …"."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from zoneinfo import ZoneInfo

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from allocations.enums import Draws
from allocations.plans.spec import Group, Line, PlanSpec
from allocations.plans.text import phrases
from allocations.plans.text.given import group_of, line_of


@dataclass(frozen=True, slots=True)
class Difference:
    """``what`` was ``before``, if anything, and is ``after``.

    Of a channel, of a ``group``, or of the whole plan.
    """

    what: str
    before: str
    after: str
    channel_id: int | None = None
    group: str = ""

    @property
    def text(self) -> str:
        """``guaranteed part: from 30 % to 25 %``."""
        if not self.before:
            return _("%(what)s: %(after)s") % {"what": self.what, "after": self.after}
        return _("%(what)s: from %(before)s to %(after)s") % {
            "what": self.what,
            "before": self.before,
            "after": self.after,
        }


def compare(before: PlanSpec, after: PlanSpec, zone: ZoneInfo) -> list[Difference]:
    """Everything that the two say otherwise, the channels in the order of their lines.

    A channel without a line gets nothing and draws nowhere, and is compared as such; so is a group.
    """
    lines = dict.fromkeys(line.channel_id for line in (*after.lines, *before.lines))
    groups = dict.fromkeys(group.name for group in (*after.groups, *before.groups))
    return [
        *(
            difference
            for channel in lines
            for difference in _of_channel(channel, before, after, zone)
        ),
        *(difference for name in groups for difference in _of_group(name, before, after, zone)),
        *_of_note(before, after),
    ]


def compare_for(
    channel_id: int, before: PlanSpec, after: PlanSpec, zone: ZoneInfo
) -> list[Difference]:
    """The same for one channel: its own line, the group that it stays in, the note."""
    group = group_of(after, line_of(after, channel_id))
    stays = group is not None and group_of(before, line_of(before, channel_id)) is not None
    return [
        *_of_channel(channel_id, before, after, zone),
        *(_of_group(group.name, before, after, zone) if group and stays else ()),
        *_of_note(before, after),
    ]


def told(
    differences: Sequence[Difference], reason: str, names: Mapping[int, str] | None = None
) -> list[str]:
    """A sentence for each: ``Web, guaranteed part: from 30 % to 25 %, because “…”.``

    Without ``names`` they are said to the one channel that they are about; a draft has no reason.
    """
    texts = [full_text(difference, names) for difference in differences]
    if not reason:
        return [f"{text}." for text in texts]
    because = _("%(change)s, because “%(reason)s”.")
    return [because % {"change": text, "reason": reason} for text in texts]


def full_text(difference: Difference, names: Mapping[int, str] | None = None) -> str:
    """A difference with whom it is about, where somebody else may be meant."""
    whom = whom_about(difference, names)
    if not whom:
        return capfirst(difference.text)
    return _("%(whom)s, %(change)s") % {"whom": whom, "change": difference.text}


def whom_about(difference: Difference, names: Mapping[int, str] | None = None) -> str:
    """A group, or a channel if there are ``names``; empty for the plan, and for who is spoken to."""
    if difference.group:
        return capfirst(phrases.common_stock(difference.group))
    if difference.channel_id is None or names is None:
        return ""
    return names[difference.channel_id]


def _of_channel(
    channel_id: int, before: PlanSpec, after: PlanSpec, zone: ZoneInfo
) -> Iterator[Difference]:
    old, new = line_of(before, channel_id), line_of(after, channel_id)
    pairs = [_terms(old, new), _access(old, new, zone), _keeping(old, new, zone)]
    for what, was, becomes in chain.from_iterable(pairs):
        if was != becomes:
            yield Difference(what, was, becomes, channel_id=channel_id)


Said = Iterator[tuple[str, str, str]]


def _terms(old: Line, new: Line) -> Said:
    yield _("guaranteed part"), phrases.guarantee(old), phrases.guarantee(new)
    yield _("may draw on"), phrases.drawn_on(old), phrases.drawn_on(new)


def _access(old: Line, new: Line, zone: ZoneInfo) -> Said:
    """Means nothing to who draws nowhere: for a channel that begins to draw, there is no before."""
    if new.draws == Draws.NONE:
        return
    begins = old.draws == Draws.NONE
    was = Line(channel_id=new.channel_id) if begins else old
    for what, before, after in (
        (_("access opens"), phrases.opening(was, zone), phrases.opening(new, zone)),
        (_("access closes"), phrases.closing(was, zone), phrases.closing(new, zone)),
        (_("tier"), str(was.tier), str(new.tier)),
    ):
        if before != after:
            yield what, "" if begins else before, after


def _keeping(old: Line, new: Line, zone: ZoneInfo) -> Said:
    yield _("ceiling"), _none_or_units(old.ceiling), _none_or_units(new.ceiling)
    yield _("unsold units go back"), phrases.release(old, zone), phrases.release(new, zone)
    yield _("unsold units may be moved"), _yes_or_no(old), _yes_or_no(new)
    yield _("kept when units are moved"), _none_or_units(old.floor), _none_or_units(new.floor)


def _of_group(name: str, before: PlanSpec, after: PlanSpec, zone: ZoneInfo) -> Iterator[Difference]:
    old, new = _group(name, before), _group(name, after)
    for what, was, becomes in (
        (_("guaranteed part"), phrases.guarantee(old), phrases.guarantee(new)),
        (_("unsold units go back"), phrases.release(old, zone), phrases.release(new, zone)),
    ):
        if was != becomes:
            yield Difference(what, was, becomes, group=name)


def _group(name: str, spec: PlanSpec) -> Group:
    matches = (group for group in spec.groups if group.name == name)
    return next(matches, Group(name=name, units=0))


def _of_note(before: PlanSpec, after: PlanSpec) -> Iterator[Difference]:
    if before.note != after.note:
        yield Difference(_("note"), _quoted(before.note), _quoted(after.note))


def _quoted(text: str) -> str:
    return f"“{text}”" if text else _("none")


def _none_or_units(count: int | None) -> str:
    return _("none") if count is None else phrases.units(count)


def _yes_or_no(line: Line) -> str:
    return _("yes") if line.is_dynamic else _("no")
