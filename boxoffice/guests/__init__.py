"""The counter's page of guest lists: a quick look-up, and tickets that are handed out."""
