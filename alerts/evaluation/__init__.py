"""Evaluates all that rules watch, with a fixed number of statements. What a kind reads stands in its module."""
