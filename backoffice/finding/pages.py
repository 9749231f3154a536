"""Pages by what a person types of their names: those of the menu, the reports, and forms that add something."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.admin import site
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from backoffice.finding.found import Found
from common.typed import Typed
from planning.reports.catalog import readable_by


def find_pages(request: HttpRequest, typed: Typed) -> list[Found]:
    """Those that the person may open: each word begins one of the page's name, or of the menu's part that it is in."""
    words = _folded(typed.text)
    pages = [page for page in _pages(request) if _each_begins(words, (page.title, *page.about))]
    # What is called so before what stands in a part that is called so.
    return sorted(pages, key=lambda page: not _each_begins(words, (page.title,)))


def find_additions(request: HttpRequest, typed: Typed) -> list[Found]:
    """The forms on which the person may add something: “Add event”, by at least a word of it beside “add”."""
    words = _folded(typed.text)
    return [
        page
        for page in _additions(request)
        if len(words) > 1
        and words[0] == _folded(page.title)[0]
        and _each_begins(words, (page.title,))
    ]


def _pages(request: HttpRequest) -> Iterator[Found]:
    yield Found(reverse("admin:index"), "dashboard", _("Overview"))
    for part in settings.UNFOLD["SIDEBAR"]["navigation"]:
        for page in part["items"]:
            if page["permission"](request):
                title, about = str(page["title"]), str(part["title"])
                yield Found(str(page["link"]), page["icon"], title, (about,))
    for report in readable_by(request.user):
        href = reverse("reports:report", args=(report.name,))
        yield Found(href, report.icon, str(report.title), (_("Reports"),))


def _additions(request: HttpRequest) -> Iterator[Found]:
    for model, admin in site._registry.items():  # noqa: SLF001 - there is no other way to ask for it
        if admin.has_add_permission(request):
            opts = model._meta
            href = reverse(f"admin:{opts.app_label}_{opts.model_name}_add")
            title = _("Add %s") % opts.verbose_name
            yield Found(href, "add", str(capfirst(title)))


def _each_begins(words: list[str], names: tuple[str, ...]) -> bool:
    known = [part for name in names for part in _folded(name)]
    return all(any(name.startswith(word) for name in known) for word in words)


def _folded(text: str) -> list[str]:
    return text.casefold().replace("-", " ").split()
