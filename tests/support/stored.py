"""Stored prompts as a warmed-up server has them, without warming one up."""

from callagent.call.stored import StoredPrompt, StoredPrompts
from callagent.dialogue.flow import Flow
from callagent.dialogue.standing import standing_lines
from callagent.tts.synthesizer import SpeechChunk

SECOND = b"\x00\x20\x00\xe0" * 4000
"""Of a tone, at 8 kHz."""


def stored_prompts(flow: Flow) -> StoredPrompts:
    """All fixed prompts of a flow, each a second long."""
    stored = StoredPrompts()
    for language in flow.languages:
        wordings = flow.fixed_wordings(language)
        for line in dict.fromkeys(name for name, _ in wordings):
            prompts = [StoredPrompt(line, text, SpeechChunk(SECOND)) for name, text in wordings if name == line]
            stored.keep(language, line, prompts)
    return stored


def standing_prompts() -> StoredPrompts:
    """Those that every shop has, in the languages that they are written in."""
    stored = StoredPrompts()
    for language in ("en", "hi", "hinglish"):
        for name, line in standing_lines(language).items():
            stored.keep(
                language, name, [StoredPrompt(name, line.wordings["text"].fill({}, language), SpeechChunk(SECOND))]
            )
    return stored
