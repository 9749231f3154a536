"""Pages are sent compressed. Answers of the API are not: they are small, and a sale is not to pay for it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressPages(GZipMiddleware):
    """Django's own, for HTML alone. It hides a page's true length, and tokens of forms change with each answer:
    so nobody can guess a secret from lengths (the attack called BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
