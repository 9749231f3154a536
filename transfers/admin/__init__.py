"""Transfers in the admin: those to decide, policies, rules, an event's document, statements."""

from transfers.admin import change, event_panel, policy, rule, statement, transfer

__all__ = ["change", "event_panel", "policy", "rule", "statement", "transfer"]
