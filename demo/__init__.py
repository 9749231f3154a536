"""A believable venue to look at, and sellers to watch it with. Not part of a production system."""
