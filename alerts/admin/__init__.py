"""Alerts in the admin: rules, teams, endpoints, deliveries; tabs of events and channels."""

from alerts.admin import delivery, endpoint, event_panel, partner_panel, rule, team

__all__ = ["delivery", "endpoint", "event_panel", "partner_panel", "rule", "team"]
