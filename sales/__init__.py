"""Holding, selling, giving back: bookings and what may become of them."""
