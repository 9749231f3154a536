"""Files of a request are read for people alone, and bounded."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from accounts.models import User


def upload(rf: RequestFactory, user: User | AnonymousUser) -> HttpRequest:
    file = SimpleUploadedFile("prices.csv", b"x" * 1_000_000)
    request = rf.post("/admin/login/", {"username": "somebody", "file": file})
    request.user = user
    return request


def test_files_of_who_is_not_signed_in_are_passed_over(rf: RequestFactory) -> None:
    request = upload(rf, AnonymousUser())
    assert request.POST["username"] == "somebody"
    assert not request.FILES


def test_a_person_may_send_a_file(rf: RequestFactory) -> None:
    [file] = upload(rf, User()).FILES.values()
    assert isinstance(file, UploadedFile)
    assert file.size == 1_000_000


def test_all_files_of_a_request_are_bounded(rf: RequestFactory, settings: Settings) -> None:
    settings.LARGEST_UPLOAD = 500_000
    with pytest.raises(RequestDataTooBig):
        _ = upload(rf, User()).FILES
