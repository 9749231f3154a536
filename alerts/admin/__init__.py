"""Alerts in the admin: the board; rules, teams, endpoints, deliveries; tabs of events and channels."""

from alerts.admin import alert, delivery, endpoint, event_panel, partner_panel, rule, team

__all__ = ["alert", "delivery", "endpoint", "event_panel", "partner_panel", "rule", "team"]
