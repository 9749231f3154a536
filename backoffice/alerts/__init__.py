"""Alerts: the board, rules, teams, endpoints, deliveries."""
