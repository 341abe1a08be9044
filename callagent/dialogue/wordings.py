"""What is wrong with lines as callers hear them: too long, missing in a language, saying other values in another."""

import re
from collections.abc import Iterable, Mapping

from callagent.dialogue.prompts import PromptsFile
from callagent.dialogue.understanding.vocabulary import spoken_form
from callagent.dialogue.wording import Line, Place, Template, Variant

LONGEST_S = 12.0
"""Nobody remembers the beginning of anything longer."""
CHARACTERS_PER_S: Mapping[str, float] = {"en": 14.0, "hinglish": 13.0, "hi": 11.0}
"""How fast a telephone voice speaks; a sign of Devanagari carries more than a Latin letter."""
_USUAL = 13.0
_VALUE_CHARACTERS = 14
"""A value in words, such as an amount."""
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_LATIN = re.compile("[A-Za-z]")


def spoken_s(template: Template, language: str) -> float:
    """About how long a text takes to be said, values included."""
    pieces = (piece for sentence in template.sentences for piece in sentence)
    characters = sum(_VALUE_CHARACTERS if isinstance(piece, Place) else len(piece) for piece in pieces)
    return characters / CHARACTERS_PER_S.get(language, _USUAL)


def check_wordings(
    prompts: Mapping[str, PromptsFile],
    used: Iterable[str],
    heard: Iterable[str] = (),
    filled: Mapping[str, Mapping[str, Line]] | None = None,
) -> None:
    """Look at all lines and words of all languages.

    `used` are the lines that the flow says, `heard` the choices and commands that callers must have words for, and
    `filled` the lines of a language with what the flow file itself fills in, such as the opening hours.
    """
    names = set(used)
    for language, file in prompts.items():
        for name, (line, at) in file.lines.items():
            if name not in names:
                file.findings.warn(at, f"Nothing says the line '{name}'.", "Say it somewhere, or take it out.")
            _length(file, (filled or {}).get(language, {}).get(name, line), at, language)
            if language == "hi" and _in_latin(line):
                file.findings.warn(at, f"'{name}' is not in Devanagari.", "A Hindi voice reads only Devanagari right.")
    languages = list(prompts)
    for language in languages[1:]:
        _compare(languages[0], prompts[languages[0]], prompts[language])
        _compare(language, prompts[language], prompts[languages[0]], values=False)
    _words(prompts, heard)
    _floor(prompts)


def _words(prompts: Mapping[str, PromptsFile], heard: Iterable[str]) -> None:
    """What callers cannot say in a language. English ones can always say the name itself."""
    read = {language: file for language, file in prompts.items() if file.lines or file.words}
    for name in dict.fromkeys((*heard, *(name for file in read.values() for name in file.words))):
        told = next((language for language, file in read.items() if name in file.words), "")
        for language, file in read.items():
            if name in file.words or (not told and language == "en"):
                continue
            what = f"There are no words for '{name}' here, as there are in {told}."
            if not told:
                what = f"There are no words for '{name}': callers can only press its key, or say its English name."
            file.findings.warn(0, what, f"Add '{name}: [...]' under 'words'.")


def _floor(prompts: Mapping[str, PromptsFile]) -> None:
    """Words that take the floor and are to let the agent go on as well: callers mix languages, so all count."""
    taking = {
        spoken_form(phrase): language
        for language, file in prompts.items()
        for phrase in file.words.get("interruptions", ((), 0))[0]
    }
    for file in prompts.values():
        phrases, at = file.words.get("backchannels", ((), 0))
        for phrase in phrases:
            if spoken_form(phrase) in taking:
                told = taking[spoken_form(phrase)]
                what = f"'{phrase}' is under 'interruptions' of {told} as well: the agent stops at it."
                file.findings.warn(at, what, "Take it out of one of them.")


def _length(file: PromptsFile, line: Line, at: int, language: str) -> None:
    longest = max(spoken_s(template, language) for template in line.wordings.values())
    if longest > LONGEST_S:
        what = f"'{line.name}' takes about {longest:.0f} seconds to say."
        file.findings.warn(at, what, f"Keep it under {LONGEST_S:.0f}: say less, or in two steps.")


def _in_latin(line: Line) -> bool:
    pieces = [piece for sentence in line.wordings["text"].sentences for piece in sentence if isinstance(piece, str)]
    text = "".join(pieces)
    return bool(_LATIN.search(text)) and not _DEVANAGARI.search(text)


def _compare(language: str, one: PromptsFile, other: PromptsFile, *, values: bool = True) -> None:
    """What `one` has and `other` has not; with `values` also where a line says other values."""
    for name, (line, _) in one.lines.items():
        if name not in other.lines:
            continue  # whoever says it is told
        twin, at = other.lines[name]
        for variant in sorted(_written(line) - _written(twin)):
            what = f"'{name}' has no '{variant}' here, and has one in {language}."
            other.findings.warn(at, what, "Translate it too.")
        here, there = set(twin.wordings["text"].names), set(line.wordings["text"].names)
        if values and here != there:
            said = ", ".join(f"{{{value}}}" for value in sorted(here ^ there))
            what = f"'{name}' does not say the same values here as in {language}: {said}."
            other.findings.add(at, what, "Put the same values into both.")
    for name, (text, _) in one.texts.items():
        if name in other.texts and values and set(text.names) != set(other.texts[name][0].names):
            what = f"The text '{name}' does not hold the same values here as in {language}."
            other.findings.add(other.texts[name][1], what, "Put the same values into both.")


def _written(line: Line) -> set[Variant]:
    """The wordings that staff wrote; the others are made of them."""
    made = line.wordings
    found: set[Variant] = {one for one in ("confirm", "suggest") if one in made}
    pairs: tuple[tuple[Variant, Variant], ...] = (("again", "text"), ("example", "again"), ("keypad", "example"))
    return found | {later for later, earlier in pairs if made[later] is not made[earlier]}
