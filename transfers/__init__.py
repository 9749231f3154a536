"""Units that move between the stock rows of a pool: asked for or proposed, decided, explained."""
