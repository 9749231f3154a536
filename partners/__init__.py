"""The REST API and the keys that open it."""
