"""Calls, and what was said in them."""

from typing import Final

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, ForeignKey, Integer, String, Text

revision = "0001"
down_revision = None

NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "calls",
        Column("number", NUMBER, primary_key=True, autoincrement=True),
        Column("id", String(200), nullable=False, unique=True),
        Column("call_id", String(200), nullable=False),
        Column("started", Double, nullable=False),
        Column("duration_s", Double, nullable=False),
        Column("carrier", String(32), nullable=False),
        Column("caller", String(64), nullable=False),
        Column("caller_key", String(64), nullable=False),
        Column("outbound", Boolean, nullable=False),
        Column("flow", String(200), nullable=False),
        Column("flow_version", String(64), nullable=False),
        Column("language", String(16), nullable=False),
        Column("disposition", String(200), nullable=False),
        Column("ended_by", String(32), nullable=False),
        Column("turns", Integer, nullable=False),
        Column("response_median_ms", Double),
        Column("response_p95_ms", Double),
        Column("barge_ins", Integer, nullable=False),
        Column("pauses", Integer, nullable=False),
        Column("no_inputs", Integer, nullable=False),
        Column("no_matches", Integer, nullable=False),
        Column("take_overs", Integer, nullable=False),
        Column("errors", Integer, nullable=False),
        Column("failures", Text, nullable=False),
        Column("recording_incomplete", Boolean, nullable=False),
        Column("crashed", Boolean, nullable=False),
        Column("has_sound", Boolean, nullable=False),
        Column("consent", String(3), nullable=False),
        Column("score", Double),
        Column("scorecard", JSON),
        Column("notes", Text, nullable=False),
        Column("held", Boolean, nullable=False),
    )
    op.create_table(
        "call_texts",
        Column("number", NUMBER, ForeignKey("calls.number"), primary_key=True, autoincrement=False),
        Column("words", Text, nullable=False),
        Column("folded", Text, nullable=False),
    )
    for name in ("carrier", "language", "disposition", "flow", "caller_key"):
        op.create_index(f"calls_by_{name}", "calls", [name, "started"])
    narrowing = ["response_p95_ms", "errors", "crashed", "score", "caller", "flow_version"]
    op.create_index("calls_by_started", "calls", ["started", *narrowing])
    for name in ("response_p95_ms", "score", "duration_s"):
        op.create_index(f"calls_by_{name}", "calls", [name])
