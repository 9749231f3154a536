"""Set-up in and out of files: what the services of the other apps do, row by row."""
