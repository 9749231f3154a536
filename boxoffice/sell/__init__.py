"""The sell screen of a counter: its page, its words, and what lets it open without a network."""
