"""Sales of an event with many bookings, summed up by day: kept by the worker, exact at any moment (ADR 29)."""
