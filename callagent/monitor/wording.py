"""What the monitors see, in plain words."""

from collections.abc import Mapping
from typing import Final

from callagent.monitor.scores import Shortcoming

ANSWERS: Final[Mapping[str, str]] = {"stt": "listens", "llm": "answers", "tts": "speaks"}
"""By stage: what a provider does there."""
REMEDIES: Final[Mapping[str, str]] = {
    "p95_s": "Look at the network and at its status page, or choose a nearer region or a smaller model.",
    "errors": "`callagent doctor` says what is wrong with it.",
    "empty": "Check its language and model, and listen to a recording: is the line silent or noisy?",
    "confidence": "Check its language and model, and listen to a recording: is the line noisy?",
    "no_match": "Look at what it hears, and give the questions that callers fail at more examples.",
    "flawed": "Check its gain, its audio format, and whether the machine keeps up.",
    "barge_ins": "Shorten the lines that callers cut, or choose another voice.",
}
"""By measure: what a person can do about it."""


def shortcoming_in_words(short: Shortcoming) -> str:
    """Such as "p95 is 1.9 s"; for a sentence that begins with the provider's name."""
    percent = f"{short.value * 100:.0f} %"
    return {
        "p95_s": f"p95 is {short.value:.1f} s",
        "errors": f"fails in {percent} of its turns",
        "empty": f"hears nothing in {percent} of the turns in which somebody speaks",
        "confidence": f"is sure of what it hears by {short.value:.2f} on average",
        "no_match": f"hears what fits no question in {percent} of its turns",
        "flawed": f"is silent, clipped or broken in {percent} of its sentences",
        "barge_ins": f"is interrupted again and again, in {percent} of its answers",
    }[short.measure]
