"""Where and what: venues, series, events, and what an event consists of."""
