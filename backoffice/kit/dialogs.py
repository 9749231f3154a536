"""Actions of the admin that change something: a small form in a dialog, one service call.

While the form is filled in, the dialog says what would change; afterwards a message says what did,
with links to where it stands. Unfold runs an action without a dialog on GET, so no such action
may change anything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.enums import ActionVariant

from backoffice.kit.dialog_state import RestsOnWhatItShowed, as_read
from backoffice.kit.forms import PARTNERS_READ, InternalNoteField, ReasonField, add_refusal
from common.actor import Actor
from common.addresses import change_url
from common.refusals import EXPECTED, explain

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


# In a request that only asks what would change.
PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that an action would change. Without ``after`` it is only said."""

    label: "StrOrPromise"
    before: object
    after: object = None

    @property
    def is_none(self) -> bool:
        return self.after is not None and self.before == self.after

    @property
    def now(self) -> object:
        return as_read(self.before)

    @property
    def then(self) -> object:
        return as_read(self.after)


def at_once(sentences: Iterable[str]) -> list[Change]:
    """What takes effect in the second of saving, as the last of what would change."""
    return [Change(_("At once"), sentence) for sentence in sentences]


@dataclass(frozen=True, slots=True)
class Done:
    """What to tell the person, with links (label, address) to what came of it."""

    text: "StrOrPromise"
    links: "Sequence[tuple[StrOrPromise, str]]" = ()

    def __str__(self) -> str:
        if not self.links:
            return str(self.text)
        rows = ((address, label) for label, address in self.links)
        links = format_html_join(" · ", '<a class="finlo-link" href="{}">{}</a>', rows)
        return format_html("{} {}", self.text, links)


class DialogForm(RestsOnWhatItShowed, forms.Form):
    """What a dialog asks. ``subject`` is the object that the action is about.

    ``partners_read``: the reason reaches partners word for word, and the dialog says so.
    """

    partners_read: ClassVar[bool] = False
    reason = ReasonField()

    def __init__(self, request: HttpRequest, subject: Any, data: Any = None) -> None:
        # The page below has fields of the same names.
        super().__init__(data, auto_id="dialog_%s")
        self.request = request
        self.subject = subject
        self.fields["reason"] = self.fields.pop("reason")  # asked last
        if self.partners_read:
            self.fields["reason"].label = _("Reason – the partner reads this")
            self.fields["reason"].help_text = PARTNERS_READ
        self.prepare()

    def prepare(self) -> None:
        """Set the choices and first values that depend on the target."""

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        """What is so now: the numbers that a person needs to decide."""
        return []

    def summary_as_read(self) -> list[tuple["StrOrPromise", object]]:
        return [(label, as_read(value)) for label, value in self.summary()]

    def changes(self) -> Sequence[Change]:
        """What would change; asked with valid input, and changes nothing.

        May raise what the service would raise: the dialog then says why it cannot be done.
        """
        return []

    def without_reason(self) -> "DialogForm":
        """The same form for a preview: why comes last, and need not be said yet."""
        if "reason" in self.fields:
            self.fields["reason"].required = False
        return self


class TwoReasonsForm(DialogForm):
    """Of a dialog that moves units or changes their terms: why, for partners, and a note for the venue alone."""

    partners_read = True
    internal_note = InternalNoteField()

    def __init__(self, request: HttpRequest, subject: Any, data: Any = None) -> None:
        super().__init__(request, subject, data)
        self.fields["internal_note"] = self.fields.pop("internal_note")  # after the reason

    @property
    def by(self) -> Actor:
        """The person at the screen, with the note. Of a valid form."""
        return actor_of(self.request).noting(self.cleaned_data["internal_note"])


# Whether the person of a request may do it to an object.
May = Callable[[HttpRequest, Any], bool]

# Does the work, and answers with what to tell the person, or with a whole page.
Handler = Callable[[Any, HttpRequest, Any, Any], "StrOrPromise | Done | HttpResponseBase"]


@dataclass(frozen=True, slots=True)
class Dialog:
    """What a person sees of an action, and the method that does it."""

    title: "StrOrPromise"
    form: type[DialogForm]
    submit: "StrOrPromise"
    danger: bool
    own_page: bool
    handler: Handler

    @property
    def previews(self) -> bool:
        """Whether the dialog can say beforehand what would change."""
        return self.form.changes is not DialogForm.changes

    def answer(self, admin: Any, request: HttpRequest, target: Model) -> HttpResponseBase:
        form = self.form(request, target, request.POST if request.method == "POST" else None)
        if PREVIEW in request.POST:
            return self._preview(admin, request, form.without_reason())
        if form.is_valid():
            try:
                result = self.handler(admin, request, target, form)
            except EXPECTED as error:
                add_refusal(form, error, admin.constraint_messages)
            else:
                if isinstance(result, HttpResponseBase):
                    return result
                messages.success(request, str(result))
                return _back(request, target)
        return self._ask(admin, request, target, form)

    def _preview(self, admin: Any, request: HttpRequest, form: DialogForm) -> HttpResponse:
        context: dict[str, Any] = {"dialog": self, "form": form}
        if form.overtaken():
            context["refusal"] = form.overtaken()
        elif form.is_valid():
            try:
                changes = [change for change in form.changes() if not change.is_none]
                context |= {"changes": changes, "asked": True}
            except EXPECTED as error:
                context["refusal"] = explain(error, admin.constraint_messages)[1]
        return render(request, "admin/dialog_changes.html", context)

    def _ask(
        self, admin: Any, request: HttpRequest, target: Model, form: DialogForm
    ) -> HttpResponse:
        context = {
            "dialog": self,
            "form": form,
            "target": target,
            "target_kind": capfirst(target._meta.verbose_name or ""),
            "target_url": change_url(target),
        }
        if "HX-Request" in request.headers:
            return render(request, "admin/dialog.html", context)
        context |= admin.admin_site.each_context(request)
        context |= {"title": self.title, "subtitle": str(target), "opts": admin.opts}
        return render(request, "admin/dialog_page.html", context)


def dialog_action(
    title: "StrOrPromise",
    *,
    form: type[DialogForm],
    permission: str,
    submit: "StrOrPromise",
    icon: str,
    danger: bool = False,
    shown: Callable[[Any], bool] = lambda _target: True,
    own_page: bool = False,
) -> Callable[[Handler], Callable[..., HttpResponseBase]]:
    """Make a method of an admin class an action with a dialog.

    The method gets the request, the object and the valid form. What it raises of
    ``common.refusals.EXPECTED`` is shown in the form. ``shown`` says for which objects the action
    makes sense; ``own_page`` is for a result that replaces the page, not only the dialog.
    """

    def decorate(handler: Handler) -> Callable[..., HttpResponseBase]:
        dialog = Dialog(title, form, submit, danger, own_page, handler)

        @wraps(handler)
        def view(self: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            target = self.require(request, object_id)
            if not action.may(request, target):
                raise PermissionDenied
            if not shown(target) and PREVIEW in request.POST:
                # Asked as the button was pressed, and late: the answer to that is on its way.
                return HttpResponse(status=HTTPStatus.NO_CONTENT)
            if not shown(target):
                messages.error(
                    request, _("“%s” is not possible any more; see what has changed.") % title
                )
                return _back(request, target)
            with timezone.override(self.zone_of(request, target)):
                return dialog.answer(self, request, target)

        action = _described(view, title, icon, permission, shown)
        action.variant = ActionVariant.DANGER if danger else ActionVariant.DEFAULT
        action.finlo_dialog = dialog
        action.dialog = {"title": title}
        return cast("Callable[..., HttpResponseBase]", action)

    return decorate


def only_if(
    may: May,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Above an action: whoever has its permission may do it to these objects alone, and sees it there alone."""

    def decorate(action: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        cast("Any", action).may = may
        return action

    return decorate


def link_action(
    title: "StrOrPromise",
    *,
    permission: str,
    icon: str,
    shown: Callable[[Any], bool] = lambda _target: True,
) -> Callable[[Callable[[Any, Any], str]], Callable[..., HttpResponseBase]]:
    """Make a method that names an address for an object a button that leads there.

    ``shown`` says for which objects; the address itself judges for itself.
    """

    def decorate(address: Callable[[Any, Any], str]) -> Callable[..., HttpResponseBase]:
        @wraps(address)
        def view(self: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return redirect(address(self, self.require(request, object_id)))

        action = _described(view, title, icon, permission, shown)
        return cast("Callable[..., HttpResponseBase]", action)

    return decorate


def _described(
    view: Callable[..., HttpResponseBase],
    title: "StrOrPromise",
    icon: str,
    permission: str,
    shown: Callable[[Any], bool],
) -> Any:
    """With what unfold reads to draw the button, and what ``offered`` reads to leave it out.

    Not unfold's ``allowed_permissions``: its system check looks for those in the database, which
    `migrate` runs before there is one.
    """
    action = cast("Any", view)
    action.short_description = title
    action.icon = icon
    action.variant = ActionVariant.DEFAULT
    action.attrs = {}
    action.permission = permission
    action.shown = shown
    action.may = lambda _request, _target: True
    return action


def offered(method: Any, request: HttpRequest, target: Model) -> bool:
    """Whether an action is for this person and makes sense for this object."""
    return (
        request.user.has_perm(method.permission)
        and method.shown(target)
        and method.may(request, target)
    )


def actor_of(request: HttpRequest) -> Actor:
    """The person at the screen; the admin lets nobody else in."""
    return Actor.person(cast("AbstractBaseUser", request.user))


def _back(request: HttpRequest, target: Model) -> HttpResponseBase:
    """Show the page from which the dialog was opened, with the new numbers."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(change_url(target))
