"""Calls are found by what was said in them; those that are there already as well."""

from typing import Final

from alembic import op

revision = "0002"
down_revision = "0001"

SQLITE: Final = (
    # Words come as they are to be found, spaces between them; a Devanagari word consists of marks as well.
    """CREATE VIRTUAL TABLE call_words USING fts5(
        folded, content='call_texts', content_rowid='number', detail=none, columnsize=0, prefix='3',
        tokenize="unicode61 remove_diacritics 0 categories 'L* M* N*'")""",
    """CREATE TRIGGER call_words_added AFTER INSERT ON call_texts BEGIN
        INSERT INTO call_words(rowid, folded) VALUES (new.number, new.folded);
    END""",
    """CREATE TRIGGER call_words_gone AFTER DELETE ON call_texts BEGIN
        INSERT INTO call_words(call_words, rowid, folded) VALUES ('delete', old.number, old.folded);
    END""",
    """CREATE TRIGGER call_words_changed AFTER UPDATE ON call_texts WHEN old.folded <> new.folded BEGIN
        INSERT INTO call_words(call_words, rowid, folded) VALUES ('delete', old.number, old.folded);
        INSERT INTO call_words(rowid, folded) VALUES (new.number, new.folded);
    END""",
    "INSERT INTO call_words(call_words) VALUES ('rebuild')",
)
POSTGRESQL: Final = (
    "CREATE INDEX call_texts_words ON call_texts USING gin (array_to_tsvector(string_to_array(folded, ' ')))",
)


def upgrade() -> None:
    """Make what finds words, in the database's own way."""
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
