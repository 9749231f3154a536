"""What the database holds of sales files."""

from importlib import import_module

import pytest
from django.apps import apps

from offline.models import FileLine, FileMapping, SalesFile
from tests.factories import make_channel, make_venue
from tests.proofs import violates

pytestmark = pytest.mark.django_db


def test_the_rows_of_files_keep_what_was_read() -> None:
    channel = make_channel(make_venue())
    mapping = FileMapping.objects.create(channel=channel, version=1, content={})
    file = SalesFile.objects.create(channel=channel, mapping=mapping, name="a.csv", digest="")
    FileLine.objects.create(file=file, row=2, item_id=1, quantity=3, series="A|1")
    with violates("file_line_row_once"):
        FileLine.objects.create(file=file, row=2, fault="again")
    with violates("file_line_quantity_not_negative"):
        FileLine.objects.update(quantity=-1)
    with violates("file_line_read_or_faulty"):
        FileLine.objects.update(series="")
    with violates("sales_file_state_known"):
        SalesFile.objects.update(state="LOST")
    with violates("sales_file_has_its_mapping"):
        SalesFile.objects.update(mapping=None)
    with violates("sales_file_has_its_content"):
        SalesFile.objects.update(state="WAITING", content=None)
    with violates("sales_file_lines_state_known"):
        SalesFile.objects.update(lines_state="LOST")
    with violates("mapping_version_once"):
        FileMapping.objects.create(channel=channel, version=1, content={})


def test_rows_of_before_are_read_by_the_roles_of_their_cells_too() -> None:
    channel = make_channel(make_venue())
    mapping = FileMapping.objects.create(channel=channel, version=1, content={})
    file = SalesFile.objects.create(channel=channel, mapping=mapping, name="a.csv", digest="")
    for row, cells in ((2, ["many", "ada@example.com"]), (3, {"quantity": "many"})):
        FileLine.objects.create(file=file, row=row, fault="“many” is not how many.", cells=cells)
    import_module("offline.migrations.0013_cells_of_before").forget_lists(apps, None)
    assert list(file.lines.values_list("cells", flat=True)) == [{}, {"quantity": "many"}]
