"""The pages that venues work with: one wing over all apps, whose services it calls."""
