"""People, and what they may see."""
