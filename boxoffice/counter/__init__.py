"""The server of the counter: tills, payments, and the calls of its screen."""
