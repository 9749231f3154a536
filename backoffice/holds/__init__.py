"""Tickets set aside for artists, promoters, sponsors and the house, and the guests who get them."""
