"""Sales that arrive late: leases of terminals, what channels report, and what of it has no stock."""
