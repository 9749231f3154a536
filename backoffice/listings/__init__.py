"""Items, listings, prices and limits."""
