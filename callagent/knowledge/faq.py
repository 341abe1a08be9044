"""What callers ask again and again, and what is answered: the table ``faq``."""

from collections.abc import Mapping, Sequence

from callagent.content.table import TableFile
from callagent.knowledge import cells
from callagent.knowledge.search import Index
from callagent.knowledge.words import Words

NEEDED = ("topic", "questions", "answer")
SURE = 0.4
"""A question that is less like any that is known has no answer here."""
HELD = 0.6
"""So much of a known question must have been said: a word that is in many questions decides nothing."""
GIVES = ("topic", "answer")


class Faq:
    """Questions with their answers in each language."""

    def __init__(self, answers: Sequence[Mapping[str, str]], index: Index) -> None:
        """`answers` hold the topic, "answer" and "answer LANGUAGE", as the index numbers their questions."""
        self._answers = answers
        self._index = index

    def find(self, question: str, language: str) -> Mapping[str, str] | None:
        """Topic and answer for a question; in English where the language has no answer of its own."""
        hits = self._index.find(question, 1)
        if not hits or hits[0].score < SURE or hits[0].held < HELD:
            return None
        facts = self._answers[hits[0].number]
        return {"topic": facts["topic"], "answer": facts.get(f"answer {language}") or facts["answer"]}


def read_faq(table: TableFile, words: Words) -> Faq:
    """The questions in the good rows of a table; what is wrong with the others is kept in it."""
    if table.broken:
        return Faq((), Index((), words))
    table.unique("topic")
    for row in table.rows:
        cells.filled(row, "questions", table, "Write how it is asked, with | between several ways.")
        cells.filled(row, "answer", table, "Write what is to be said.")
    rows = table.good_rows()
    columns = [column for column in table.columns if column == "questions" or column.startswith("questions_")]
    asked = [[text for column in columns for text in cells.listed(row.cells[column])] for row in rows]
    answers = [{cells.said(column): cell for column, cell in row.cells.items()} for row in rows]
    return Faq(answers, Index(asked, words))
