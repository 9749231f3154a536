"""Actions by what a person types: “stop selling website”, “put on sale monsoon”. Each leads to its dialog, and does nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.finding.finders import FINDERS
from backoffice.finding.found import Finder, Found
from backoffice.kit.dialogs import offered
from common.typed import Typed

# “st” may mean many things.
SHORTEST_VERB = 3
MAX_TARGETS = 3


def find_acts(request: HttpRequest, typed: Typed) -> Iterator[Found]:
    """What the person may do to what the words name beside those of the action's own name.

    An action is offered for the objects for which it makes sense, as on their pages.
    """
    for finder in FINDERS:
        if not finder.acts or not finder.is_for(request):
            continue
        actions = [
            (action, *split)
            for action in finder.admin._get_base_actions_detail()  # noqa: SLF001 - unfold's only way
            if request.user.has_perm(action.method.permission)
            if (split := _split(str(action.description), typed.words)) is not None
        ]
        most = max((taken for _action, taken, _rest in actions), default=0)
        chosen = [(action, rest) for action, taken, rest in actions if taken == most]
        if chosen:
            yield from _offered(request, finder, [action for action, _rest in chosen], chosen[0][1])


def _offered(
    request: HttpRequest, finder: Finder, actions: Sequence[Any], rest: Typed
) -> Iterator[Found]:
    targets = list(finder.rows(request, rest)[:MAX_TARGETS])
    finder.read(targets)
    for action in actions:
        for target in targets:
            if offered(action.method, request, target):
                name, about = finder.say(target)
                title = _("%(action)s: %(name)s") % {"action": action.description, "name": name}
                href = reverse(f"admin:{action.action_name}", args=(target.pk,))
                yield Found(href, action.icon or "bolt", title, about)


def _split(title: str, words: Sequence[str]) -> tuple[int, Typed] | None:
    """How many of the words are the title's, which follow one another in its order, and the other words.

    “stop website” leaves out what goes without saying. None where the first word of the title is not among them.
    """
    own = title.casefold().split()
    for start, word in enumerate(words):
        if len(word) < SHORTEST_VERB or not own[0].startswith(word.casefold()):
            continue
        taken = 1
        left = own[1:]
        for following in words[start + 1 :]:
            place = next(
                (at for at, name in enumerate(left) if name.startswith(following.casefold())), None
            )
            if place is None:
                break
            taken, left = taken + 1, left[place + 1 :]
        return taken, Typed(" ".join((*words[:start], *words[start + taken :])))
    return None
