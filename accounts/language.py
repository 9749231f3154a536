"""In which language a page, a refusal and a message is said."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from accounts.models import User

LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


class SpeakTheirLanguage:
    """Middleware: what the person has chosen; before that, and for programs, what the request accepts.

    A program without a session costs no question to the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        chosen = language_of(request.user) if has_session else ""
        language = chosen or translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not chosen:
            patch_vary_headers(response, ("Accept-Language",))
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # Its content is made when we are long back.
            chunks = cast("Iterable[bytes]", response.streaming_content)
            response.streaming_content = _said_in(language, chunks)
        return response


def language_of(person: object) -> str:
    """The code of the language that the person has chosen, as ``hi``; empty where there is none."""
    language = person.language if isinstance(person, User) else ""
    return language if language in LANGUAGES else ""


@contextmanager
def said_in(language: str) -> Iterator[None]:
    """What is said within is said in this language; in that of the settings where it is empty or not ours."""
    with translation.override(language if language in LANGUAGES else settings.LANGUAGE_CODE):
        yield


def _said_in(language: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    with translation.override(language):
        yield from chunks
