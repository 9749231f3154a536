"""Who may sell how much: channels, listings, stock, and the ledger that alone changes it."""
