"""The base of every admin class: what a person may see of a model, and that with its history.

Numbers change only through actions (``backoffice.kit.dialogs``) that call services.
"""

from datetime import tzinfo
from functools import partial
from typing import Any, ClassVar, NoReturn, cast

from django.db.models import DateTimeField, Model, Q, QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from backoffice.kit.choices import VisibleChoices
from backoffice.kit.conflicts import Histories, changes_since, state_of
from backoffice.kit.form_fields import SplitMoment
from backoffice.kit.list_export import ListExport
from backoffice.kit.list_tools import ListTools
from backoffice.kit.lists import BoundedPaginator, PageLoading
from backoffice.kit.pages import ObjectPages
from backoffice.kit.search import IndexedSearch
from common.history_changes import FieldChange, changes_of, with_before
from common.history_words import steps_of

# Times that the clocks skip or show twice are refused with a sentence on every form.
MOMENTS: dict[Any, dict[str, Any]] = {
    DateTimeField: {"form_class": SplitMoment, "widget": UnfoldAdminSplitDateTimeWidget}
}


NAMES_TO_ADDRESSES = ("urlify.js", "prepopulate.js", "xregexp.js", "xregexp.min.js")


class BaseAdmin(ListTools, ListExport, PageLoading, IndexedSearch, VisibleChoices, ObjectPages):
    """A list and change pages that answer 404 for whatever the person may not see."""

    # Foreign keys that the object's own name needs, read along with it everywhere.
    related: ClassVar[tuple[str, ...]] = ()
    # Fields whose values no address may ask for: a list of hits would tell them piece by piece.
    unsearchable: ClassVar[tuple[str, ...]] = ()

    formfield_overrides = MOMENTS
    list_per_page = 50
    paginator = BoundedPaginator
    list_filter_sheet = True
    list_filter_submit = True
    show_full_result_count = False
    warn_unsaved_form = True
    compressed_fields = True
    show_facets = False
    actions: ClassVar[list[Any]] = []

    def scope(self, request: HttpRequest) -> Q:
        """Which objects the person may see, beyond the permissions on the model."""
        del request
        return Q()

    def zone_of(self, request: HttpRequest, obj: Any) -> tzinfo:
        """The zone in which times are shown and typed on the page of an object."""
        del request, obj
        return timezone.get_current_timezone()

    @property
    def media(self) -> Media:
        """Without the scripts that write an address from a name where no field does so: they are 39 kB, compressed."""
        media: Any = super().media
        if not self.prepopulated_fields:
            # List by list: each says in which order its scripts come, and their order together follows from all.
            media._js_lists = [  # noqa: SLF001 - there is no other way to ask for it
                [path for path in paths if not str(path).endswith(NAMES_TO_ADDRESSES)]
                for paths in media._js_lists  # noqa: SLF001
            ]
        return cast("Media", media)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request).filter(self.scope(request))
        return cast(
            "QuerySet[Any]", queryset.select_related(*self.related) if self.related else queryset
        )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        field = lookup.partition("__")[0]
        return field not in self.unsearchable and super().lookup_allowed(lookup, value, request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Bulk deletion asks for no reason and stops at the first row that is in use.
        actions = {}
        for name, action in super().get_actions(request).items():
            permission = getattr(action[0], "permission", None)
            if name != "delete_selected" and (
                permission is None or request.user.has_perm(permission)
            ):
                actions[name] = action
        return actions


class HistoryAdmin(SimpleHistoryAdmin, BaseAdmin):
    """Of a model with history: each change with who, when, why, from what to what."""

    object_history_list_template = "admin/history_list.html"
    change_form_before_template = "admin/opened_state.html"

    def histories(self, obj: Any) -> Histories:
        """The history of an object, and of what its page edits along with it."""
        return (obj.history.all(),)

    def lock(self, obj: Any) -> None:
        """Keep everybody from changing the object until the edit is through."""
        queryset = self.model._default_manager.select_for_update(no_key=True)
        list(queryset.filter(pk=obj.pk).order_by().values("pk"))

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> Any:
        obj = self.edited(request)
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

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        if self.edited(request) is None:  # the library looks for any number, also for a word
            raise Http404
        return super().history_view(request, object_id, extra_context)

    def get_history_queryset(
        self, request: HttpRequest, history_manager: Any, pk_name: str, object_id: Any
    ) -> QuerySet[Any]:
        return with_before(history_manager.filter(**{pk_name: object_id}))

    def set_history_delta_changes(
        self,
        request: HttpRequest,
        historical_records: Any,
        foreign_keys_are_objs: bool = True,  # noqa: FBT002 - the library's signature
    ) -> None:
        """From what to what, in words. The library compares only what a form can edit, in codes."""
        records = list(historical_records)
        changes = changes_of(records)
        zone = timezone.get_current_timezone()
        for record in records:
            field_changes = [
                FieldChange(
                    change.field,
                    self.history_value(record, change.field, change.before),
                    self.history_value(record, change.field, change.after),
                )
                for change in changes.get(record.history_id, ())
            ]
            record.steps = steps_of(field_changes, zone)

    def history_value(self, record: Any, field: Any, value: Any) -> Any:
        """A value as the history may show it: without what is secret of it."""
        del record, field
        return value

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
        context = {"show_history": False, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)


class BaseInline(VisibleChoices, TabularInline):
    formfield_overrides = MOMENTS
    extra = 0
    hide_title = True
    max_num = 100

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # A request may say any number of rows; Django would make a thousand beyond those allowed.
        return super().get_formset(request, obj, **{"absolute_max": self.max_num, **kwargs})


class ReadOnlyInline(ReadOnly, BaseInline):
    """Rows to look at, each with a link to its own page."""

    can_delete = False
    tab = True
    show_count = False
    related: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return cast("QuerySet[Any]", super().get_queryset(request).select_related(*self.related))
