"""What an address may hold: ids that can be one, everything else is 404."""

from common.rest.values import LARGEST_ID


class RowIdConverter:
    """A primary key; a larger number would be an error in the database."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        row_id = int(value)
        if row_id > LARGEST_ID:
            raise ValueError(value)
        return row_id

    def to_url(self, value: int) -> str:
        return str(value)
