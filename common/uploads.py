"""Which files are read at all."""

from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.utils.datastructures import MultiValueDict

# Set on a request whose key was found; a view of the API knows that before it reads the form.
KNOWN_PROGRAM = "is_known_program"


class OnlyFromKnown(FileUploadHandler):
    """Stands before the handlers that keep what comes, in memory and on the disk.

    A form is read before its view is asked who sends it, to find the token against forgery. Files
    of who is not signed in, and has no key, are passed over, and all files of a request together are bounded.
    """

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[Any, MultiValueDict[str, Any]] | None:
        del input_data, META, boundary, encoding
        if content_length > settings.LARGEST_UPLOAD:
            raise RequestDataTooBig("The files are too large.")
        return None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if getattr(self.request, KNOWN_PROGRAM, False):
            return
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        del start
        return raw_data

    def file_complete(self, file_size: int) -> None:
        del file_size
