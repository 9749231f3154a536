"""Guest lists of named holds, and what is handed out of them."""
