"""Bookings and what is owed for them."""
