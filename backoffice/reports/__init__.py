"""Reports: what was sold, moved, refunded, turned away and is held; on screen, as files, by e-mail."""
