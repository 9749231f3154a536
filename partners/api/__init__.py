"""The REST API under /api/v1/: it translates, calls one service, and translates back."""
