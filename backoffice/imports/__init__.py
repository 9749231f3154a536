"""Import and export: the page of both, the runs, and the export of a list."""
