"""The base of every view that takes and answers JSON."""

from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.datastructures import MultiValueDict
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from common.rest.parsing import StrictJSONParser, check_length, form_of
from common.rest.reading import read_body, read_query
from common.rest.values import Body, Query

JSON = "application/json"

B = TypeVar("B", bound=Body)
Q = TypeVar("Q", bound=Query)


# Who may call it, and how fast, says the class that is made of it.
class JsonView(APIView):
    http_method_names = ("get", "head", "post", "patch", "put", "delete", "trace")
    parser_classes: tuple[type[BaseParser], ...] = (StrictJSONParser,)
    # Bytes of a body. Those of forms with files are larger, and judged by what reads them too.
    max_body = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def body(self, kind: type[B]) -> B:
        """The request's body; an absent one is an empty object. Raises what is wrong with it."""
        data = self.request.data
        return read_body(kind, form_of(data) if isinstance(data, MultiValueDict) else data)

    def query(self, kind: type[Q]) -> Q:
        """The request's parameters. Raises what is wrong with them."""
        return read_query(kind, self.request.query_params)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        check_length(request.META, self.max_body)
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        # What is no page needs no policy with a nonce, and loads nothing wherever it is shown.
        vars(answer)["_csp_exempt"] = True  # as csp's own decorator does
        answer["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        # The same address says other things to other callers, and soon to the same one.
        answer.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(answer, ("Authorization", "Cookie"))
        return answer


def json_answer(body: str, status: int = 200) -> HttpResponse:
    return HttpResponse(body, status=status, content_type=JSON)
