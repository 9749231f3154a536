"""What a new object belongs to is chosen first, on a page of its own: the form follows from it."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from backoffice.kit.choices import SearchForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def choose_first(
    admin: Any,
    request: HttpRequest,
    name: str,
    question: "StrOrPromise",
    *,
    other: "tuple[str, StrOrPromise] | None" = None,
) -> HttpResponse:
    """Ask for the foreign key ``name``; the answer stands in the address of the page that follows.

    ``other``: the address and the words of a button for whoever wants none of them.
    """
    field = admin.model._meta.get_field(name)
    form = SearchForm(
        request=request,
        name=name,
        label=capfirst(field.verbose_name),
        choices=(),
        field=field,
        model_admin=admin,
    )
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Add %s") % admin.opts.verbose_name,
        "opts": admin.opts,
        "question": question,
        "other": other,
        "form": form,
        "media": form.media,
    }
    return render(request, "admin/choose_first.html", context)
