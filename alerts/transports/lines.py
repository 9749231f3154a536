"""What people have named and written, made harmless for any form of a message."""

LONGEST = 300
# Both belong to letters: Malayalam and families of emoji fall apart without them.
JOINERS = "\u200c\u200d"


def line(text: object, maximum: int = LONGEST) -> str:
    """On one line, of characters that can be seen, and at most so many of them."""
    visible = "".join(
        letter if letter.isprintable() or letter in JOINERS else " " for letter in str(text)
    )
    words = " ".join(visible.split())
    return words if len(words) <= maximum else f"{words[: maximum - 1]}…"
