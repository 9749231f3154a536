"""Settings of the REST API and of its reference."""

from typing import Any

from finlo_inventory import env

# For each key or person, in each web process.
API_REQUESTS_PER_SECOND = env.whole_number("FINLO_API_RATE", 2_000, minimum=1, maximum=1_000_000)

# Who may call, and how fast, stands on the views' base class: these are classes that import views.
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "common.rest.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Finlo Inventory",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": (
        "One stock of tickets, sold through many channels. A key belongs to one sales channel: "
        "it sees the events that the channel lists, and the bookings that it made.\n\n"
        "Refusals are `application/problem+json`; their `code` is stable. Times are UTC unless "
        "their name says otherwise. Money is a decimal number in a string."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": False,
    "TAGS": [
        {"name": "events", "description": "What the channel lists, and how much of it is left."},
        {
            "name": "allocation",
            "description": "The channel's part, the plan behind it, its changes.",
        },
        {"name": "transfers", "description": "Ask for more units, give some back, see what moved."},
        {"name": "bookings", "description": "Hold, sell, change and give back tickets."},
    ],
    # The types say themselves which fields a PATCH needs.
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": ["partners.api.openapi.finish"],
    "PATH_CONVERTER_OVERRIDES": {
        "row_id": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}
    },
}
