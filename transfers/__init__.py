"""Moving quantity between the stock rows of a pool: asked for, decided, explained."""
