"""A repeated request has the effect of one: its answer is stored with the change it made, and a try is repeated."""
