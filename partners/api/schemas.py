"""The small parts that the OpenAPI document's components are made of."""

from typing import Any

Schema = dict[str, Any]


def nullable(schema: Schema) -> Schema:
    if "type" in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"oneOf": [schema, {"type": "null"}]}


def record(about: str, **fields: Schema) -> Schema:
    """An object that always has all of these fields."""
    return {
        "type": "object",
        "description": about,
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def choice(values: list[str] | tuple[str, ...]) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values]}


ID: Schema = {"type": "integer", "format": "int64"}
WHOLE: Schema = {"type": "integer"}
UUID: Schema = {"type": "string", "format": "uuid"}
STRING: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
CLOCK: Schema = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}
AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "examples": ["400.00"]}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["INR"]}
