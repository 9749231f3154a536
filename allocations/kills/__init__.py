"""Units that are out of sale."""
