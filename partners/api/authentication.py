"""A bearer key, or a person's session with CSRF. Puts a ``Caller`` into ``request.auth``."""

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from common.uploads import KNOWN_PROGRAM
from partners.api.callers import KeyCaller, PersonCaller
from partners.api.keys import caller_of

CHALLENGE = 'Bearer realm="Finlo Inventory"'


class KeyAuthentication(BaseAuthentication):
    """The key alone decides: a request that sends one has no person behind it."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, KeyCaller] | None:
        kind, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        caller = caller_of(secret.strip())
        if caller is None:
            raise AuthenticationFailed("The key is unknown, has expired or was revoked.")
        setattr(request._request, KNOWN_PROGRAM, True)  # noqa: SLF001 - upload handlers get that one
        return AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:
        del request
        return CHALLENGE


class PersonAuthentication(SessionAuthentication):
    """Django's session. Changes need the CSRF token, as on any page."""

    def authenticate(self, request: Request) -> tuple[User, PersonCaller] | None:
        credentials = super().authenticate(request)
        if credentials is None:
            return None
        user = credentials[0]
        return user, PersonCaller(user)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        del auto_schema
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of one sales channel: `finlo_…`.",
        }


class PersonScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        del auto_schema
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": (
                "A person who is signed in to the admin. Whatever changes something also needs "
                "the header `X-CSRFToken`."
            ),
        }
