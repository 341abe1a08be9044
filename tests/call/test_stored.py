"""Stored prompts: what is said in place of what cannot be."""

import pytest

from callagent.call.stored import StoredPrompt, StoredPrompts
from callagent.dialogue.standing import OUT_OF_ORDER
from callagent.tts.synthesizer import SpeechChunk

SOUND = SpeechChunk(b"\x00\x20\x00\xe0" * 400)


@pytest.fixture
def stored() -> StoredPrompts:
    """A question in two wordings, and the apology."""
    prompts = StoredPrompts()
    for line, texts in {"which": ("Which?", "Press one."), OUT_OF_ORDER: ("Sorry.",)}.items():
        prompts.keep("en", line, [StoredPrompt(line, text, SOUND) for text in texts])
    return prompts


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        ("which", "Press one.", "Press one."),
        ("which", "Which of seven?", "Which?"),
        ("price", "It is ten rupees.", "Sorry."),
        ("", "As the model said.", "Sorry."),
    ],
    ids=["the same text", "the line in another wording", "an unstored line", "a model's words"],
)
def test_the_nearest_prompt_is_said(stored: StoredPrompts, line: str, text: str, said: str) -> None:
    """The same, the same line, or an apology."""
    prompt = stored.nearest("en", line, text)

    assert prompt is not None
    assert prompt.text == said


def test_what_was_taken_out_of_the_prompts_is_said_no_more(stored: StoredPrompts) -> None:
    """A line that is kept again has only its new wordings."""
    stored.keep("en", "which", [StoredPrompt("which", "What?", SOUND)])
    prompt = stored.nearest("en", "which", "Press one.")

    assert prompt is not None
    assert prompt.text == "What?"


def test_a_language_without_prompts_has_nothing_to_say(stored: StoredPrompts) -> None:
    """Silence is better than a language that the caller may not know."""
    assert stored.nearest("hi", "which", "Which?") is None
