"""Rules that ask for transfers by themselves, worked out in the database for all events at once."""
