"""The OpenAPI document: the parts that all calls share.

Bodies and queries show themselves (``shapes``, ``queries``), answers stand in ``components``.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from partners.api.codes import CODES
from partners.api.components import COMPONENTS
from partners.api.problems import CONTENT_TYPE, TYPE_PATH
from partners.api.schemas import Schema, record
from partners.api.view import JSON

# Of every call: no key, a key without the scope, nothing there, too many, not now.
EVERYWHERE = (401, 403, 404, 429, 503)


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def page_of(component: str) -> Schema:
    return record(
        "A page.",
        results={"type": "array", "items": ref(component)},
        next={
            "type": ["string", "null"],
            "format": "uri",
            "description": "The address of the next page; null on the last one.",
        },
    )


def answers(success: Schema | str, *refusals: int, status: int = 200) -> dict[Any, Any]:
    """The success, a component's name or a schema, and the problems that a caller must expect."""
    schema = ref(success) if isinstance(success, str) else success
    found: dict[Any, Any] = {(status, JSON): OpenApiResponse(schema, description="Done.")}
    for refusal in (*refusals, *EVERYWHERE):
        codes = [code for code, kind in CODES.items() if kind.status == refusal]
        found[refusal, CONTENT_TYPE] = OpenApiResponse(
            ref("Problem"),
            description=", ".join(codes),
            examples=[_example(code) for code in codes[:1]],
        )
    found["4XX", CONTENT_TYPE] = OpenApiResponse(
        ref("Problem"),
        description="A request that is no JSON, asks for none, or says not how long it is.",
    )
    return found


def _example(code: str) -> OpenApiExample:
    kind = CODES[code]
    numbers = {"asked": 4, "sellable": 1, "limited_by": "stock"} if code == "SOLD_OUT" else {}
    field = {"SOLD_OUT": "lines[0].quantity", "VALIDATION": "event"}.get(code)
    detail = kind.advice
    return OpenApiExample(
        code,
        {
            "type": TYPE_PATH.format(code=code),
            "title": kind.title,
            "status": kind.status,
            "detail": detail,
            "code": code,
            "errors": [{"field": field, "detail": detail}] if field else [],
            **numbers,
        },
    )


def changes(success: str, *, status: int = 200) -> dict[Any, Any]:
    """The answers of a call that changes something."""
    return answers(success, 400, 409, 422, status=status)


def idempotent(*, required: bool = False) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(
            "Idempotency-Key",
            {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[!-~]([ -~]*[!-~])?$",
            },
            OpenApiParameter.HEADER,
            required=required,
            description=(
                "A key of your own making, such as a random UUID. The same request under the same "
                "key is done once, and answered alike for 24 hours."
            ),
        ),
        OpenApiParameter(
            "Idempotency-Replayed",
            {"type": "string", "const": "true"},
            OpenApiParameter.HEADER,
            response=[200, 201],
            description="Present when this is the answer of an earlier request.",
        ),
        *RETRY_AFTER,
    ]


RETRY_AFTER = [
    OpenApiParameter(
        "Retry-After",
        {"type": "integer"},
        OpenApiParameter.HEADER,
        response=[429, 503],
        description="Seconds.",
    )
]
CONDITIONAL = [
    OpenApiParameter(
        "If-None-Match",
        {"type": "string"},
        OpenApiParameter.HEADER,
        description="The `ETag` of the last answer.",
    ),
    OpenApiParameter("ETag", {"type": "string"}, OpenApiParameter.HEADER, response=[200, 304]),
]
UNCHANGED = OpenApiResponse(description="Nothing has changed since the answer with this ETag.")


def finish(result: Schema, **_unused: object) -> Schema:
    """Put in what the generator does not know: components, and bodies that may be left out."""
    result["components"].setdefault("schemas", {}).update(COMPONENTS)
    for path in result["paths"].values():
        for operation in path.values():
            body = operation.get("requestBody")
            if body is not None:
                schema = body["content"][JSON]["schema"]
                body["required"] = bool(schema.get("required") or schema.get("minProperties"))
    return result
