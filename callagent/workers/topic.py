"""What a worker and its parent tell and ask each other through their channel."""

from enum import StrEnum


class Topic(StrEnum):
    """What a message is about; OVER goes both ways."""

    # From a worker.
    UP = "up"
    """It listens."""
    REPORT = "report"
    """How it is."""
    NOT_READY = "not_ready"
    """Asks why the server takes no calls."""
    VIEWS = "views"
    """Asks what every worker shows of itself."""
    OFFER = "offer"
    """Asks who takes a call; the others of a call are as in `Exchange`."""
    COME_BACK = "come_back"
    REDEEM = "redeem"
    PROMISED = "promised"
    LEFT = "left"
    OVER = "over"

    # From the parent.
    VIEW = "view"
    """Asks what the worker shows of itself."""
    STOP = "stop"
    """Take no more calls, and end when there are none."""
    HURRY = "hurry"
    """End at once."""
