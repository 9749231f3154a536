"""People: login by e-mail, roles, and which venues a person may see."""
