"""Telephone numbers as they may be logged."""


def masked_number(number: str) -> str:
    """The last two digits, the rest hidden: enough for a person to tell two calls apart, for no more.

    Fewer than six characters are hidden wholly; an empty number is "withheld".
    """
    if not number:
        return "withheld"
    shown = number[-2:] if len(number) >= 6 else ""
    return "x" * (len(number) - len(shown)) + shown
