"""What the system can do in numbers: `bin/bench`. Nothing here is a test."""
