"""What a person who is rung hears of a call: the line that staff wrote, filled with what was said in this call.

Nothing is made up: a sentence whose value is not known is left out, as in every line. What the caller said is untrusted
and comes into somebody's ear, so every value is kept to letters, figures and little else, and to a few words.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from callagent.dialogue.run import Run
from callagent.dialogue.state import Answered

WISH: Final = "caller's wish"
"""The value of a whisper that names what the caller wanted last, such as "price" or "order status"."""
LONGEST_VALUE: Final = 60
"""Characters."""
LONGEST: Final = 300
"""Characters of a whisper: the caller waits while it is said."""
_SAID: Final = " .,:/+-'()%"
"""What a value may hold besides letters and figures."""


def whisper(run: Run, line: str) -> str:
    """The line as it is said now, in the language of the call; empty where none of its values is known."""
    template = run.flow.prompts[run.language].lines[line].wordings["text"]
    wish, answers = _last_wish(run)
    # What was answered about an earlier wish says nothing where that wish is not named.
    values = {**(answers if WISH in template.names else {}), **run.known, **run.slots}
    words = {name: _tamed(run.in_words(name, value)) for name, value in values.items()}
    words[WISH] = _tamed(_in_words(run, wish)) if wish else ""
    return _shortened(template.fill(words, run.language, run.now.date()), LONGEST)


def _last_wish(run: Run) -> tuple[str, Mapping[str, str]]:
    """What the caller wanted before they wanted a person, and what they answered about it; private answers left out.

    A flow that is done has forgotten its answers; they are still what the call is about.
    """
    here = {position.flow for position in run.stack}
    wish, answers = "", dict[str, str]()
    for one in _answered(run):
        if not one.slot and run.flow.topics.get(one.value, "") not in {"", *here}:
            wish, answers = one.value, {}
        elif one.slot and one.slot not in run.privacy.private:
            answers[one.slot] = one.value
    return wish, answers


def _answered(run: Run) -> Iterable[Answered]:
    return (*(one for aside in run.asides for one in aside.answered), *run.answered)


def _in_words(run: Run, wish: str) -> str:
    """As the prompts say it, else as callers do."""
    said = run.said_as(wish)
    callers = run.flow.prompts[run.language].words.get(wish, ())
    return callers[0] if said == wish and callers and run.language != "en" else said


def _tamed(value: str) -> str:
    # Indian scripts are written with marks: M is no decoration.
    kept = "".join(one if one in _SAID or unicodedata.category(one)[0] in "LMN" else " " for one in value)
    return _shortened(" ".join(kept.split()), LONGEST_VALUE)


def _shortened(text: str, most: int) -> str:
    """Whole words of it."""
    return text if len(text) <= most else text[: most + 1].rpartition(" ")[0] or text[:most]
