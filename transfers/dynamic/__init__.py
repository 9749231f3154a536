"""Who is going to sell how much, and which moves follow: plain numbers, without the database."""
