"""Alerts in the admin: the board of those that stand."""

from alerts.admin import alert

__all__ = ["alert"]
