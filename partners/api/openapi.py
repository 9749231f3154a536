"""The OpenAPI document: how it comes from the types of what is sent, and the parts that all calls share."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import pairwise
from typing import Any, get_origin

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from pydantic import ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema
from typing_extensions import get_original_bases, is_typeddict

from common.json_types import Schema
from common.rest.codes import CODES
from common.rest.problems import CONTENT_TYPE, TYPE_PATH, ProblemJson
from common.rest.values import Input, Query, name_outside
from common.rest.view import JSON

# Of every call: no key, a key without the scope, nothing there, too many, not now.
EVERYWHERE = (401, 403, 404, 429, 503)


class Typed:
    """The type of a body, a query or an answer, in the form that ``extend_schema`` takes."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind


class TypedExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A type is a component of the document, and so are the types of its fields."""

    target_class = Typed

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        name, _components = components_of(self.target.kind)
        return name

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        name, components = components_of(self.target.kind)
        for other, schema in components.items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                other, ResolvedComponent.SCHEMA, schema, Typed
            )
            if other != name:
                auto_schema.registry.register_on_missing(component)
        return deepcopy(components[name])  # the caller changes it


@cache
def components_of(kind: Any) -> tuple[str, dict[str, Schema]]:
    """The name of a type in the document, and the schemas of it and of the types in it by their names."""
    # As an entry of a list it stands among the definitions, and takes on the list's strictness.
    entries = TypeAdapter(list[kind], config=ConfigDict(extra="forbid"))
    schema = entries.json_schema(
        ref_template="#/components/schemas/{model}", schema_generator=SchemaGenerator
    )
    return schema["items"]["$ref"].rpartition("/")[2], schema["$defs"]


class SchemaGenerator(GenerateJsonSchema):
    """Pydantic's, with the docstrings of fields and without titles that repeat their names."""

    def normalize_name(self, name: str) -> str:
        """``BookingJson`` is a Booking in the document, and ``Page[BookingJson]`` a BookingPage."""
        outer, _bracket, inner = name.rstrip("]").partition("[")
        return super().normalize_name(inner.removesuffix("Json") + outer.removesuffix("Json"))

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        """``None`` stands for what was left out, and cannot be sent."""
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        return _described(super().model_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> Schema:
        return _described(super().typed_dict_schema(schema), schema["cls"])


def _described(schema: Schema, kind: type) -> Schema:
    del schema["title"]
    schema["description"] = _line(schema["description"])
    for name, text in _docs_of_fields(kind):
        schema["properties"][name]["description"] = _line(text)
    return schema


def _docs_of_fields(kind: type) -> Iterator[tuple[str, str]]:
    """What stands below a field as its docstring. Python drops it; the source has it."""
    for base in get_original_bases(kind):
        origin = get_origin(base) or base
        if is_typeddict(origin) or (inspect.isclass(origin) and issubclass(origin, Input)):
            yield from _docs_of_fields(origin)
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    for statement, below in pairwise(getattr(tree, "body", ())):
        match statement, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name_outside(name), text


def _line(text: str) -> str:
    return " ".join(text.split())


def parameters(query: type[Query]) -> list[Any]:
    return [Typed(query)]


def answers(success: Any, *refusals: int, status: int = 200) -> dict[Any, Any]:
    """The success, by its type, and the problems that a caller must expect."""
    responses: dict[Any, Any] = {
        (status, JSON): OpenApiResponse(Typed(success), description="Done.")
    }
    for refusal in (*refusals, *EVERYWHERE):
        codes = [code for code, kind in CODES.items() if kind.status == refusal]
        responses[refusal, CONTENT_TYPE] = OpenApiResponse(
            Typed(ProblemJson),
            description=", ".join(codes),
            examples=[_example(code) for code in codes[:1]],
        )
    responses["4XX", CONTENT_TYPE] = OpenApiResponse(
        Typed(ProblemJson),
        description="A request that is no JSON, asks for none, or says not how long it is.",
    )
    return responses


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


def changes(success: Any, *, status: int = 200) -> dict[Any, Any]:
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
            response=[200, 201, 202],
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
    """A body of which one field is needed, whichever, may not be left out: the generator overlooks that."""
    schemas = result["components"]["schemas"]
    for path in result["paths"].values():
        for operation in path.values():
            body = operation.get("requestBody")
            if body is not None:
                [content] = body["content"].values()
                name = content["schema"]["$ref"].rpartition("/")[2]
                body["required"] = bool(schemas[name].keys() & {"required", "minProperties"})
    return result
