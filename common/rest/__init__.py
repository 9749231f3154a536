"""What HTTP calls with JSON share: strict bodies and queries, problems, and requests that may come again."""
