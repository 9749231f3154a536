"""Seeing what needs somebody, and telling the right team once, with the reason."""
