"""Forms of the admin: each change says why, and a refusal is an error like any other."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.kit.confirmation import ConfirmationNeededError
from backoffice.kit.form_fields import SplitMoment, place_of
from common.actor import LONGEST_NOTE
from common.refusals import ConstraintMessages, explain

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REASON_LENGTH = 300


# Who reads a reason is said where it is typed.
OURS = gettext_lazy("Kept in the history, for people of the venue alone. Name no customers.")
PARTNERS_READ = gettext_lazy(
    "Partners whom it concerns read this word for word, in their statement, letters and answers of the API. "
    "Name no customers, and nothing that is for the venue alone."
)


class ReasonField(forms.CharField):
    """Why somebody changes something; it is kept with the change. Only the venue reads it, unless said."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            label=gettext_lazy("Reason for the change"),
            required=required,
            max_length=REASON_LENGTH,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            help_text=OURS,
        )


class InternalNoteField(forms.CharField):
    """What only the venue is to know of a change whose reason partners read."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Internal note – only your venue reads this"),
            required=False,
            max_length=LONGEST_NOTE,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            help_text=gettext_lazy(
                "Optional. Kept in the history beside the reason, and in nothing that a partner is given."
            ),
        )


def wrong_in(field: forms.Field, typed: str) -> str:
    """What is wrong with the text of a field that no form of Django's reads; empty where nothing is."""
    try:
        field.clean(typed)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def add_refusal(form: forms.BaseForm, error: Exception, messages: ConstraintMessages) -> None:
    """Show an expected error on the form, at the field that caused it where there is one."""
    field, sentences = explain(error, messages)
    form.add_error(place_of(field, form.fields), [ValidationError(text) for text in sentences])


class AdminForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    """The form of a change page: a reason for each edit, and errors in a person's words.

    The admin class makes a subclass for each request, with ``constraint_messages``, and with
    ``refusal`` where a first try to save was refused and the form is to say so.
    """

    constraint_messages: ClassVar[ConstraintMessages] = {}
    refusal: ClassVar[Exception | None] = None
    reason_required: ClassVar[bool] = True
    # Of a model with history: what the page shows, and what others changed since a page did.
    current_state: ClassVar[str | None] = None
    changes_since: ClassVar[Any] = None

    reason = ReasonField()
    opened_state = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = self.reason_required
        for name, field in self.fields.items():
            if isinstance(field, SplitMoment):
                field.stored = self.initial.get(name)
        if self.current_state is None:
            del self.fields["opened_state"]
        else:
            self.fields["opened_state"].initial = self.current_state

    @property
    def to_confirm(self) -> ConfirmationNeededError | None:
        """What the page asks to be confirmed, with its sentences."""
        return self.refusal if isinstance(self.refusal, ConfirmationNeededError) else None

    def changed_columns(self) -> set[str]:
        """The columns of the model that this edit writes, and no other."""
        columns = {field.name for field in self._meta.model._meta.concrete_fields}
        return columns.intersection(self.changed_data)

    def _update_errors(self, errors: ValidationError) -> None:
        """As Django does, but with our words where the model's are a constraint's name."""
        own_words: dict[Any, tuple[str | None, StrOrPromise]] = {}
        for _model, constraints in self.instance.get_constraints():
            for constraint in constraints:
                if constraint.name in self.constraint_messages:
                    words = self.constraint_messages[constraint.name]
                    own_words[constraint.get_violation_error_message()] = words
                    # Of columns that are unique together Django has a sentence of its own.
                    own_words[getattr(constraint, "fields", None)] = words
        field_errors: dict[str, list[Any]] = {}
        for field, problems in errors.error_dict.items():
            for error in problems:
                columns = (error.params or {}).get("unique_check")
                place, text = own_words.get(columns or error.message, (None, None))
                if text is None:
                    field_errors.setdefault(field, []).append(error)
                else:
                    at = place if place in self.fields else NON_FIELD_ERRORS
                    field_errors.setdefault(at, []).append(ValidationError(str(text)))
        super()._update_errors(ValidationError(field_errors))  # type: ignore[misc]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.changes_since is not None:
            changes = self.changes_since(self.cleaned_data.get("opened_state", ""))
            if changes:
                advice = _("Nothing was saved. Open the page again and repeat your change.")
                self.add_error(None, [ValidationError(text) for text in (*changes, advice)])
        if self.refusal is not None:
            add_refusal(self, self.refusal, self.constraint_messages)
