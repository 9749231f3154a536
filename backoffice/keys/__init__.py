"""The keys of the REST API."""
