"""Venues and series."""
