"""An object's pages in the admin: 404 for whom they are not for, and a reason for every change."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Model
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from backoffice.kit.dialogs import offered
from backoffice.kit.forms import AdminForm, ReasonField, wrong_in
from backoffice.kit.links import with_own_links
from backoffice.kit.panels import Panel
from common.addresses import change_url
from common.refusals import EXPECTED, ConstraintMessages, explain

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


# Gets the request, the object, and what the address holds beside it.
ObjectView = Callable[..., HttpResponseBase]


class ObjectPages(ModelAdmin):
    """To look at an object, to change it with a reason, to delete it with one.

    What the database or a service refuses is said in the form.
    """

    form = AdminForm
    reason_required: ClassVar[bool] = True
    deletion_needs_reason: ClassVar[bool] = True
    constraint_messages: ClassVar[ConstraintMessages] = {}
    panels: tuple[type[Panel], ...] = ()
    # Pages below the object's address: route, name, permission, view.
    pages: tuple[tuple[str, str, str, ObjectView], ...] = ()
    # Field → what it means to a manager, where its name does not say it all.
    help_texts: ClassVar["Mapping[str, StrOrPromise]"] = {}
    # Field → for which values of others its line is shown (backoffice/kit/shown_when.py).
    shown_when: ClassVar[Mapping[str, str]] = {}

    class Media:
        js = ("admin/shown_when.js",)

    def get_urls(self) -> list[URLPattern]:
        of_model = f"{self.opts.app_label}_{self.opts.model_name}"
        urls = [
            path(
                f"<path:object_id>/{route}",
                self.admin_site.admin_view(partial(self._show_page, view, permission)),
                name=f"{of_model}_{name}",
            )
            for route, name, permission, view in self.pages
        ]
        return [*urls, *super().get_urls()]

    def _show_page(
        self,
        view: ObjectView,
        permission: str,
        request: HttpRequest,
        object_id: str,
        **rest: object,
    ) -> HttpResponseBase:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return view(request, self.require(request, object_id), **rest)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT002 - Django's signature
        change: bool = False,  # noqa: FBT002 - Django's signature
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            if "adminform" in context:
                form = context["adminform"]
                form.model_admin = with_own_links(form.model_admin, obj)
            panels = [
                panel
                for panel_class in self.panels
                if request.user.has_perm(panel_class.permission)
                for panel in [panel_class(request, obj)]
                if panel.is_shown
            ]
            context["datasets"] = [panel for panel in panels if not panel.above]
            context["above"] = [panel for panel in panels if panel.above]
        rendered = super().render_change_form(request, context, add, change, form_url, obj)
        return cast("HttpResponse", rendered)

    # --- 404 ------------------------------------------------------------------------------

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        # Django would redirect to the index, and so tell a number in use from one that is not.
        raise Http404

    def require(self, request: HttpRequest, object_id: str) -> Any:
        """The object. Raises ``Http404`` if there is none, or none for this person."""
        target = self.get_object(request, unquote(object_id))
        if target is None:
            raise Http404
        return target

    def edited(self, request: HttpRequest) -> Any:
        """The object whose page is asked for, looked for once; ``None`` where one is made."""
        if not hasattr(request, "finlo_edited"):
            match = request.resolver_match
            number = match.kwargs.get("object_id") if match else None
            request.finlo_edited = (  # type: ignore[attr-defined]
                None if number is None else self.get_object(request, unquote(number))
            )
        return request.finlo_edited  # type: ignore[attr-defined]

    def named(self, request: HttpRequest, model: type[Model], number: str) -> Any:
        """What the request names of another model, looked for once.

        Raises ``Http404`` if there is none, or none for this person.
        """
        objects = request.__dict__.setdefault("finlo_named", {})
        if (model, number) not in objects:
            admin = cast("ObjectPages", self.admin_site.get_model_admin(model))
            objects[model, number] = admin.require(request, number)
        return objects[model, number]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.edited(request) is None:
            raise Http404
        return cast("HttpResponse", super().history_view(request, object_id, extra_context))

    # --- Actions --------------------------------------------------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        actions = super().get_actions_detail(request, object_id)
        target = self.edited(request) if actions else None
        if target is None:
            return []
        return [action for action in actions if offered(action.method, request, target)]

    # --- The form -------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets, (_("Why"), {"fields": ("reason",)})]

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,  # noqa: FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        kwargs.setdefault("help_texts", self.help_texts)
        form = super().get_form(request, obj, change=change, **kwargs)  # a class of this request
        form.constraint_messages = self.constraint_messages
        form.reason_required = self.reason_required
        form.refusal = getattr(request, "finlo_refusal", None)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except EXPECTED as error:
            if request.method != "POST" or hasattr(request, "finlo_refusal"):
                raise
            explain(error, self.constraint_messages)  # raises what no person can act on
            # Everything was rolled back. Again, and this time the form refuses it.
            request.finlo_refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        give_reason(obj, reason_of(form))
        if change:
            # What a service or the database wrote meanwhile stays as it is.
            obj.save(update_fields=form.changed_columns())
        else:
            super().save_model(request, obj, form, change)

    def save_formset(
        self, request: HttpRequest, form: "ModelForm[Any]", formset: Any, change: bool
    ) -> None:
        rows = formset.save(commit=False)
        for row in formset.deleted_objects:
            give_reason(row, reason_of(form))
            row.delete()
        for row in rows:
            give_reason(row, reason_of(form))
            row.save()
        formset.save_m2m()

    def save_related(
        self, request: HttpRequest, form: "ModelForm[Any]", formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        # Constraints that wait for the commit speak now, before anybody is told of success.
        connection.check_constraints()

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if request.method == "POST" and self.has_delete_permission(request):
            reason = request.POST.get("reason", "").strip()
            if unwanted := wrong_in(ReasonField(required=False), reason):
                messages.error(request, unwanted)
                return redirect(request.get_full_path())
            if not reason and self.deletion_needs_reason:
                messages.error(request, _("Say why it is deleted."))
                return redirect(request.get_full_path())
        context = {"needs_reason": self.deletion_needs_reason, **(extra_context or {})}
        try:
            return cast("HttpResponseBase", super().delete_view(request, object_id, context))
        except EXPECTED as error:
            _field, sentences = explain(error, self.constraint_messages)
            messages.error(request, " ".join(sentences))
            return redirect(change_url(self.require(request, object_id)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        give_reason(obj, request.POST.get("reason", "").strip())
        super().delete_model(request, obj)
        connection.check_constraints()


def give_reason(obj: Any, reason: str) -> None:
    """Keep the reason for the history record that the next save or deletion makes."""
    obj._change_reason = reason  # noqa: SLF001 - its public way


def reason_of(form: "ModelForm[Any]") -> str:
    """The reason given in the form; none is asked for what is new."""
    return str(form.cleaned_data.get("reason") or "")
