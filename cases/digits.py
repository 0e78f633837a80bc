"""Whole numbers as addresses, forms and documents bring them: from outside, so of any length. Imports nothing."""

LARGEST = 2**63 - 1  # what the databases hold as a key; SQLite chokes on more
LARGEST_COUNT = 2**31 - 1  # what they hold as a count or a version


def whole(text: str, most: int = LARGEST) -> int | None:
    """The number that a text of decimal digits says; None for other text and for what is above ``most``.

    Measured before it is read: of more than 4,300 digits Python makes no number but an error.
    """
    if not text.isdecimal() or len(text) > len(str(LARGEST)):
        return None
    number = int(text)
    return number if number <= most else None
