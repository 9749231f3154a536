"""The pages of tills: opened, counted, closed, and reported."""
