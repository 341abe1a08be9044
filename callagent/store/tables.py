"""The tables of the call records as they are now; `migrations` leads there from each version before."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA: Final = MetaData()

_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up in its own kind of integer only."""
_MOMENT: Final = Double
"""Seconds since 1970, in UTC."""

CALLS: Final = Table(
    "calls",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(200), nullable=False, unique=True),
    Column("call_id", String(200), nullable=False),
    Column("started", _MOMENT, nullable=False),
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
    Column("scorecard", JSON(none_as_null=True)),
    Column("notes", Text, nullable=False),
    Column("held", Boolean, nullable=False),
)

CALL_TEXTS: Final = Table(
    "call_texts",
    METADATA,
    Column("number", _NUMBER, ForeignKey("calls.number"), primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
    Column("folded", Text, nullable=False),
)
"""Apart from the rest: a list is found by reading many rows, and shows few."""


for _name in ("carrier", "language", "disposition", "flow", "caller_key"):
    Index(f"calls_by_{_name}", CALLS.c[_name], CALLS.c.started)
NARROWING: Final = ("response_p95_ms", "errors", "crashed", "score", "caller", "flow_version")
Index("calls_by_started", CALLS.c.started, *(CALLS.c[name] for name in NARROWING))
"""Holds what lists are narrowed by as well: the newest calls of a kind are found without reading those between."""
for _name in ("response_p95_ms", "score", "duration_s"):
    Index(f"calls_by_{_name}", CALLS.c[_name])
