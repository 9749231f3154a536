"""Looking at everything that rules watch, in one pass with a fixed number of statements."""
