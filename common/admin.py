"""The base of every admin class: what a person may see, why a change is made, what was refused.

Numbers change only through actions (``common.dialogs``) that call services.
"""

from collections.abc import Mapping
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline

from common.admin_choices import VisibleChoices
from common.admin_conflicts import Histories, changes_since, state_of
from common.admin_lists import BoundedPaginator, PageLoading
from common.admin_search import IndexedSearch
from common.dialogs import change_url, offered
from common.forms import EXPECTED, REASON_LENGTH, AdminForm, ConstraintMessages, explain
from common.panels import Panel

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class BaseAdmin(PageLoading, IndexedSearch, VisibleChoices, ModelAdmin):
    """A list and change pages that answer 404 for whatever the person may not see."""

    form = AdminForm
    reason_required: ClassVar[bool] = True
    constraint_messages: ClassVar[ConstraintMessages] = {}
    # Foreign keys that the object's own name needs, read along with it everywhere.
    related: ClassVar[tuple[str, ...]] = ()
    # Fields whose values no address may ask for: a list of hits would tell them piece by piece.
    unsearchable: ClassVar[tuple[str, ...]] = ()

    list_per_page = 50
    paginator = BoundedPaginator
    list_filter_sheet = True
    list_filter_submit = True
    show_full_result_count = False
    warn_unsaved_form = True
    compressed_fields = True
    show_facets = False
    actions: ClassVar[list[Any]] = []
    panels: tuple[type[Panel], ...] = ()
    # Field → what it means to a manager, where its name does not say it all.
    help_texts: ClassVar["Mapping[str, StrOrPromise]"] = {}

    def add_panel(self, panel: type[Panel]) -> None:
        """For an app further left, whose rows belong on this page too."""
        self.panels = (*self.panels, panel)

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
            context["datasets"] = [
                panel(request, obj)
                for panel in self.panels
                if request.user.has_perm(panel.permission)
            ]
        rendered = super().render_change_form(request, context, add, change, form_url, obj)
        return cast("HttpResponse", rendered)

    def scope(self, request: HttpRequest) -> Q:
        """Which objects the person may see, beyond the permissions on the model."""
        del request
        return Q()

    def zone_of(self, request: HttpRequest, obj: Any) -> tzinfo:
        """The zone in which times are shown and typed on the page of an object."""
        del request, obj
        return timezone.get_current_timezone()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request).filter(self.scope(request))
        return cast("QuerySet[Any]", found.select_related(*self.related) if self.related else found)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        asked = lookup.partition("__")[0]
        return asked not in self.unsearchable and super().lookup_allowed(lookup, value, request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Bulk deletion asks for no reason and stops at the first row that is in use.
        found = {}
        for name, action in super().get_actions(request).items():
            needed = getattr(action[0], "permission", None)
            if name != "delete_selected" and (needed is None or request.user.has_perm(needed)):
                found[name] = action
        return found

    # --- 404 ------------------------------------------------------------------------------

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        # Django would redirect to the index, and so tell a number in use from one that is not.
        raise Http404

    def require(self, request: HttpRequest, object_id: str) -> Any:
        """The object. Raises ``Http404`` if there is none, or none for this person."""
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.require(request, object_id)
        return cast("HttpResponse", super().history_view(request, object_id, extra_context))

    # --- Actions --------------------------------------------------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        found = super().get_actions_detail(request, object_id)
        target = self.get_object(request, unquote(str(object_id))) if found else None
        if target is None:
            return []
        return [action for action in found if offered(action.method, request, target)]

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
        saved = formset.save(commit=False)
        for gone in formset.deleted_objects:
            give_reason(gone, reason_of(form))
            gone.delete()
        for one in saved:
            give_reason(one, reason_of(form))
            one.save()
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
        unsaid = request.method == "POST" and not request.POST.get("reason", "").strip()
        if unsaid and self.has_delete_permission(request):
            messages.error(request, _("Say why it is deleted."))
            return redirect(request.get_full_path())
        try:
            return cast("HttpResponseBase", super().delete_view(request, object_id, extra_context))
        except EXPECTED as error:
            _field, sentences = explain(error, self.constraint_messages)
            messages.error(request, " ".join(sentences))
            return redirect(change_url(self.require(request, object_id)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        give_reason(obj, request.POST.get("reason", "").strip()[:REASON_LENGTH])
        super().delete_model(request, obj)
        connection.check_constraints()


def give_reason(obj: Any, reason: str) -> None:
    """Keep the reason for the history record that the next save or deletion makes."""
    obj._change_reason = reason  # noqa: SLF001 - its public way


def reason_of(form: "ModelForm[Any]") -> str:
    """The reason given in the form; none is asked for what is new."""
    return str(form.cleaned_data.get("reason") or "")


class HistoryAdmin(SimpleHistoryAdmin, BaseAdmin):
    """Of a model with history: each change with who, when, why, from what to what."""

    object_history_list_template = "admin/history_list.html"
    change_form_before_template = "admin/opened_state.html"

    def histories(self, obj: Any) -> Histories:
        """The history of an object, and of what its page edits along with it."""
        return (obj.history.all(),)

    def lock(self, obj: Any) -> None:
        """Keep everybody from changing the object until the edit is through."""
        locked = self.model._default_manager.select_for_update(no_key=True)
        list(locked.filter(pk=obj.pk).order_by().values("pk"))

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> Any:
        obj = self.get_object(request, unquote(object_id)) if object_id is not None else None
        if obj is not None and self.has_change_permission(request, obj):
            # Once refused, nothing is saved, and waiting for the lock again would fail again.
            if request.method == "POST" and not hasattr(request, "finlo_refusal"):
                self.lock(obj)
            # Before Django reads the object: a change between the two is then noticed.
            request.finlo_state = state_of(self.histories(obj))  # type: ignore[attr-defined]
        return super()._changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,  # noqa: FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None and hasattr(request, "finlo_state"):
            form.current_state = request.finlo_state
            form.changes_since = staticmethod(partial(changes_since, self.histories(obj)))
        return form

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> NoReturn:
        # An old version written over the new one would pass by every service and every check.
        raise Http404

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del request, obj
        return True


class ReadOnly:
    """What only services and the ledger write: to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


class ReadOnlyAdmin(ReadOnly, BaseAdmin):
    """Of a model that only services write."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        # What happened to it stands in the ledger; there is no other history.
        shown = {"show_history": False, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, shown)


class BaseInline(VisibleChoices, TabularInline):
    extra = 0
    hide_title = True


class ReadOnlyInline(ReadOnly, BaseInline):
    """Rows to look at, each with a link to its own page."""

    can_delete = False
    tab = True
    show_count = False
    related: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return cast("QuerySet[Any]", super().get_queryset(request).select_related(*self.related))
