"""The form of an address, on its own page and on its team's. What is secret of it is never shown again."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from alerts.models import Endpoint
from alerts.transports import transport_of
from backoffice.kit.forms import AdminForm

# What a new address begins without.
TROUBLES: dict[str, Any] = {
    "failures": 0,
    "not_before": None,
    "disabled_at": None,
    "disabled_reason": "",
}
MESSAGES: Any = {
    "endpoint_once_in_team": ("address", _("The team has this address already.")),
    "endpoint_once_for_channel": ("address", _("The channel has this address already.")),
    "endpoint_of_team_or_channel": (None, _("An address is of a team or of a channel.")),
}


class Address:
    """Of a model form: the address is shown without its secret, and kept where it is left so.

    A new address begins anew, also where the old one was disabled.
    """

    fields: Any
    instance: Endpoint
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk or "address" not in self.fields:
            return
        self.initial["address"] = self.instance.shown_address  # type: ignore[attr-defined]
        self.fields["transport"].disabled = True  # else a secret would be taken for another's

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).strip()
        shown_address = self.instance.shown_address if self.instance.pk else None
        return self.instance.address if address == shown_address else address

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()  # type: ignore[misc]
        transport, address = data.get("transport"), data.get("address")
        if transport and address and address != self.instance.address:
            try:
                transport_of(transport).check_address(address)
            except ValidationError as error:
                self.add_error("address", error)  # type: ignore[attr-defined]
        return data

    def _post_clean(self) -> None:
        address = self.cleaned_data.get("address")
        is_new = address is not None and address != self.instance.address
        super()._post_clean()  # type: ignore[misc]
        if is_new:
            for column, value in TROUBLES.items():
                setattr(self.instance, column, value)


class EndpointForm(Address, AdminForm):
    def changed_columns(self) -> set[str]:
        columns = super().changed_columns()
        return columns | set(TROUBLES) if "address" in columns else columns


class InlineEndpointForm(Address, forms.ModelForm):  # type: ignore[type-arg]
    """A row on the team's page, which asks for the reason once."""
