"""The guide's five points. Each check drives the running system from outside, and says what it has found."""
