"""What a caller means: a step's own words (Vocabulary), and whole sentences about a shop (Interpreter)."""

from callagent.dialogue.understanding.case_file import read_cases, read_goods
from callagent.dialogue.understanding.evaluation import Case, Report, Tally, evaluate
from callagent.dialogue.understanding.interpreter import Interpreter
from callagent.dialogue.understanding.lexicon import INTENTS
from callagent.dialogue.understanding.meaning import (
    ACCEPT_FROM,
    CONFIRM_FROM,
    Entity,
    EntityKind,
    Interpretation,
    Judgement,
    Language,
    Ranked,
    judge,
)
from callagent.dialogue.understanding.names import ItemNames
from callagent.dialogue.understanding.vocabulary import Clash, Meaning, Sort, Vocabulary, spoken_form, without, words_of

__all__ = [
    "ACCEPT_FROM",
    "CONFIRM_FROM",
    "INTENTS",
    "Case",
    "Clash",
    "Entity",
    "EntityKind",
    "Interpretation",
    "Interpreter",
    "ItemNames",
    "Judgement",
    "Language",
    "Meaning",
    "Ranked",
    "Report",
    "Sort",
    "Tally",
    "Vocabulary",
    "evaluate",
    "judge",
    "read_cases",
    "read_goods",
    "spoken_form",
    "without",
    "words_of",
]
