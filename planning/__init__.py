"""What a manager plans with: the first page of the admin."""
