"""Transfers in the admin: those to decide, policies, rules, an event's document, statements."""

from transfers.admin import event_panel, policy, rule, statement, transfer

__all__ = ["event_panel", "policy", "rule", "statement", "transfer"]
