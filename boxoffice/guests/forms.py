"""What the counter's page of guest lists sends. No address holds a name: all of it comes by POST."""

from django import forms

from sales.guests.services import LONGEST_CONTACT, LONGEST_NAME, LONGEST_NOTE

LARGEST = 2_147_483_647
REASON_LENGTH = 300


class RowNumber(forms.IntegerField):
    """The number of a row, as the page has written it."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(required=required, min_value=1, max_value=2**63 - 1)


class HandOutForm(forms.Form):
    """For a guest, or of a line of a hold to nobody on its list."""

    hold = RowNumber()
    guest = RowNumber(required=False)
    line = RowNumber(required=False)
    tickets = forms.IntegerField(min_value=1, max_value=LARGEST)
    seen = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    key = forms.CharField(max_length=40)


class UndoForm(forms.Form):
    hand_out = RowNumber()
    reason = forms.CharField(max_length=REASON_LENGTH)


class ChangeForm(forms.Form):
    guest = RowNumber()
    name = forms.CharField(max_length=LONGEST_NAME)
    tickets = forms.IntegerField(min_value=1, max_value=LARGEST)
    note = forms.CharField(required=False, max_length=LONGEST_NOTE)
    contact = forms.CharField(required=False, max_length=LONGEST_CONTACT)


class RemoveForm(forms.Form):
    guest = RowNumber()
