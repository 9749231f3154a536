"""Transfers: those to decide, policies, rules, an event's document, statements."""
