"""What is found as a person types, and what he or she has opened last, as JSON for the page's script."""

from collections.abc import Iterator

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.finding.acts import find_acts
from backoffice.finding.finders import FINDERS
from backoffice.finding.found import Finder, Found, Group
from backoffice.finding.pages import find_additions, find_pages
from common.typed import Typed, read_typed

# So many rows of a kind: enough to see that the words find too much.
MAX_ROWS = 6
# Of each kind that has such, a few.
MAX_ACTS = 9
# So many of those that were opened last are asked for.
MAX_OPENED = 8
LONGEST_NUMBER = 19  # digits of a bigint
NOTHING = Typed("")


def find(request: HttpRequest) -> JsonResponse:
    """Of ``typed``, whatever it finds; without it, of those in ``opened`` (``events.event:7,…``) what may still be seen."""
    typed = read_typed(request.GET.get("typed", ""))
    groups = list(_found(request, typed) if typed.words else _opened(request))
    groups = [group for group in groups if group.rows]
    count = sum(len(group.rows) for group in groups)
    return JsonResponse(
        {
            "groups": [
                {
                    "heading": str(group.heading),
                    "rows": [
                        {
                            "href": row.href,
                            "icon": row.icon,
                            "title": row.title,
                            "about": list(row.about),
                        }
                        for row in group.rows
                    ],
                }
                for group in groups
            ],
            "said": _said(request, typed, count),
        }
    )


def _found(request: HttpRequest, typed: Typed) -> Iterator[Group]:
    acts = [*find_acts(request, typed), *find_additions(request, typed)]
    yield Group(_("Actions"), acts[:MAX_ACTS])
    yield Group(_("Pages"), find_pages(request, typed)[:MAX_ROWS])
    for finder in _finders(request):
        rows = finder.rows(request, typed)[:MAX_ROWS]
        yield Group(finder.heading, [finder.shown(row) for row in rows])


def _opened(request: HttpRequest) -> Iterator[Group]:
    """In the order in which they are named: each is looked for as if it were found, so that nothing else is told."""
    named = request.GET.get("opened", "").split(",")[:MAX_OPENED]
    rows: dict[str, Found] = {}
    for finder in _finders(request):
        numbers = [
            number
            for label, _colon, number in (name.partition(":") for name in named)
            if label == finder.label and number.isdecimal() and len(number) < LONGEST_NUMBER
        ]
        if numbers:
            for row in finder.rows(request, NOTHING).filter(pk__in=numbers):
                rows[f"{finder.label}:{row.pk}"] = finder.shown(row)
    yield Group(_("Opened last"), [rows[name] for name in dict.fromkeys(named) if name in rows])


def _finders(request: HttpRequest) -> Iterator[Finder]:
    return (finder for finder in FINDERS if finder.is_for(request))


def _said(request: HttpRequest, typed: Typed, count: int) -> str:
    if count:
        return ngettext("%(count)d found", "%(count)d found", count) % {"count": count}
    kinds = [_("pages"), _("actions"), *(finder.heading.lower() for finder in _finders(request))]
    searched = ", ".join(kinds)
    if typed.words:
        said = _("Nothing is found for “%(typed)s”. Searched by name and number: %(searched)s.")
        return said % {"typed": typed.text, "searched": searched}
    return _("Type a name, a booking's number or reference, or what you want to do.")
