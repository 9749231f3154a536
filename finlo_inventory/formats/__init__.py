"""How dates are written where a field or a page names no format of its own."""
