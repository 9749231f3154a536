"""Sales channels and their map."""
