"""What callers hear while nobody can serve them well."""

from xml.etree import ElementTree as ET

import pytest

from callagent.telephony.twilio.queueing import Queue, QueueWords

WORDS = QueueWords("Hold on.", "Sorry.", "hi")
AGAIN = "https://shop.example.com/twilio/voice"


def heard(queue: Queue, asked: int) -> list[tuple[str, str]]:
    """The verbs of the answer, each with its text or length."""
    return [
        (verb.tag, verb.text or verb.get("length") or "") for verb in ET.fromstring(str(queue.answer(asked, AGAIN)))
    ]


def test_a_caller_is_asked_to_hold_for_a_while() -> None:
    """In the shop's words and language, and Twilio asks again after a pause, as often as there is time for."""
    queue = Queue(lambda: WORDS, longest_s=30.0)
    answers = [heard(queue, asked) for asked in range(4)]
    say = ET.fromstring(str(queue.answer(0, AGAIN))).find("Say")

    assert answers[:3] == [[("Say", "Hold on."), ("Pause", "7"), ("Redirect", f"{AGAIN}?asked={n}")] for n in (1, 2, 3)]
    assert answers[3] == [("Say", "Sorry."), ("Hangup", "")]
    assert say is not None
    assert say.get("language") == "hi-IN"


@pytest.mark.parametrize(
    ("fallback", "verb"), [("+911234567890", "Dial"), ("https://shop.example.com/person.xml", "Redirect")]
)
def test_who_has_waited_in_vain_gets_the_fallback(fallback: str, verb: str) -> None:
    """A number is rung, an address is asked; at once where nobody is to wait."""
    assert heard(Queue(lambda: WORDS, fallback, longest_s=0.0), 0) == [(verb, fallback)]
