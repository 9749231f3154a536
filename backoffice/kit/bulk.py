"""Actions on several rows of a list: the dialog of one object, asked once for all of them.

All or nothing: what one of them is refused is done to none.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kit.dialogs import Dialog
from backoffice.kit.forms import add_refusal
from common.refusals import EXPECTED

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# More at once would keep others waiting for their locks.
MAX_AT_ONCE = 200
APPLY = "apply"


# Locks what all of them need, before the first is changed.
Lock = Callable[[Sequence[Any]], None]
# Changes the chosen rows in a transaction, and answers with what to tell the person.
Work = Callable[[Any, HttpRequest, Any, Sequence[Any]], "StrOrPromise"]
# What the chosen rows come to, to be read before anything is changed.
Summary = Callable[[Sequence[Any]], "Sequence[tuple[StrOrPromise, object]]"]
Action = Callable[..., HttpResponseBase | None]


def in_bulk(action: Any, title: "StrOrPromise", *, lock: Lock) -> Action:
    """A list's action that does to each chosen row what a dialog action does to one.

    The dialog asks for the reason alone. Rows for which it makes no sense are left out, and named.
    """

    def one_by_one(
        admin: Any, request: HttpRequest, form: Any, targets: Sequence[Any]
    ) -> "StrOrPromise":
        lock(targets)
        for target in targets:
            form.subject = target
            action.finlo_dialog.handler(admin, request, target, form)
        text = ngettext(
            "%(title)s: %(count)d row changed.", "%(title)s: %(count)d rows changed.", len(targets)
        )
        return text % {"title": title, "count": len(targets)}

    return _action(action, title, one_by_one, lambda _targets: ())


def at_once(
    action: Any,
    title: "StrOrPromise",
    *,
    work: Callable[[HttpRequest, Sequence[Any], Any], "StrOrPromise"],
    summary: Summary,
    own_transactions: bool = False,
) -> Action:
    """As ``in_bulk``, where one service call changes all rows for one reason and takes its own locks.

    ``work`` gets the request, the rows and the valid form.

    ``own_transactions``: the service also says when what it did is committed.
    """

    def together(
        _admin: Any, request: HttpRequest, form: Any, targets: Sequence[Any]
    ) -> "StrOrPromise":
        return work(request, targets, form)

    return _action(action, title, together, summary, own_transactions=own_transactions)


def _action(
    action: Any,
    title: "StrOrPromise",
    work: Work,
    summary: Summary,
    *,
    own_transactions: bool = False,
) -> Action:
    dialog: Dialog = action.finlo_dialog

    def run(self: Any, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponseBase | None:
        if not request.user.has_perm(action.permission):
            raise PermissionDenied
        rows = list(queryset[: MAX_AT_ONCE + 1])
        if len(rows) > MAX_AT_ONCE:
            messages.error(
                request, _("At most %d are changed at once; choose fewer.") % MAX_AT_ONCE
            )
            return None
        self.load_page(request, rows)
        targets = [row for row in rows if action.shown(row)]
        if not targets:
            messages.warning(request, _("None of the chosen rows can be changed this way."))
            return None
        form = dialog.form(request, targets[0], request.POST if APPLY in request.POST else None)
        if form.is_valid():
            try:
                with nullcontext() if own_transactions else transaction.atomic():
                    message = work(self, request, form, targets)
            except EXPECTED as error:
                add_refusal(form, error, self.constraint_messages)
            else:
                messages.success(request, str(message))
                return redirect(request.get_full_path())
        return _ask(self, request, title, dialog, form, targets, rows, summary(targets))

    run.short_description = title  # type: ignore[attr-defined]
    run.permission = action.permission  # type: ignore[attr-defined]
    run.__name__ = f"{action.__name__}_selected"
    return run


def _ask(
    admin: Any,
    request: HttpRequest,
    title: "StrOrPromise",
    dialog: Dialog,
    form: Any,
    targets: Sequence[Any],
    rows: Sequence[Any],
    summary: "Sequence[tuple[StrOrPromise, object]]",
) -> HttpResponseBase:
    context = {
        **admin.admin_site.each_context(request),
        "title": title,
        "opts": admin.opts,
        "dialog": dialog,
        "form": form,
        "wanted": targets,
        "summary": summary,
        "left_out": [row for row in rows if row not in targets],
        "selected": [(ACTION_CHECKBOX_NAME, row.pk) for row in rows],
        "action": request.POST.get("action", ""),
        "back": request.get_full_path(),
    }
    return render(request, "admin/bulk_page.html", context)
