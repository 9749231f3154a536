"""The configuration of an event on one page: allocations, alerts and transfers, with a live preview."""
