"""What a counter or a wall sees: an event's numbers, as they change."""
