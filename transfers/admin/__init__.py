"""Transfers in the admin: the queue of those to decide, policies, rules, and the event's document."""

from transfers.admin import event_panel, policy, rule, transfer

__all__ = ["event_panel", "policy", "rule", "transfer"]
