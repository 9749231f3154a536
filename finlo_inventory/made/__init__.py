"""Files of the repository that are made from others. `manage.py write_made_files` writes them, a test compares them."""
