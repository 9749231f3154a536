"""Events: the page with its tabs, its dates, its life, its timeline."""
