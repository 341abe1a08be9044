"""docs/faults.md: what was measured, the limits beside it, and which faults make no sense."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from support.fault_vendors import FAULTS, VENDORS
from support.phone_call import ROOT

PAGE: Final[Path] = ROOT / "docs" / "faults.md"
SILENCE_MS: Final = 3000
TAKES_OVER_MS: Final = 500
REPEATED: Final = {"stt": 0, "llm": 0, "tts": 1}
"""Sentences, by stage."""

HEAD: Final = """\
# When a provider fails

Written by `PYTHONPATH=tests python -m support.fault_table`; do not edit. Each line is a whole phone call, made on this
machine over the provider's own client library, pointed at a local server that speaks the vendor's protocol and has the
one fault. Behind the provider, in the chain, stands one that needs no network. A caller asks something in one sentence;
the agent answers in two. Time is real, and all deadlines are a server's own. Several calls are made at once; one in
which a limit was not kept was made once more with fewer beside it, since a busy machine is late with everything.

- **silence**: the longest that the caller heard nobody, from the first sound to the last. It holds the time
  after which a caller counts as having finished: a fifth of a second and more.
- **takes over**: from the moment the failure is known until the next provider gives its first output; for speech
  recognition, until it gets the turn's first sound. The scripted model and voice behind take 200 and 100 ms of it. What
  hangs is known to have failed only when its deadline is over: that is in the silence, and not in here.
- **lost**: words of the caller's that were not recognized, or of the agent's that were not said.
- **repeated**: sentences of the agent's that the caller heard twice, or the beginning of.
- **breaker**: whether the provider is left alone from then on, or how often it has failed of three times in a row.
  Where the connection is refused two more calls meet with the same, and a fourth that must not ask the provider.
- **next call**: who serves it when the fault is over and the breaker's rest is.

Nothing is left over when all calls have ended: no task, no socket, no thread.

| provider | fault | silence, ms | takes over, ms | lost, words | repeated, sentences | breaker | next call |
|---|---|---:|---:|---:|---:|---|---|
"""


@dataclass(frozen=True)
class Row:
    """What came of one fault of one provider."""

    provider: str
    stage: str
    fault: str
    silence_ms: int
    takes_over_ms: int | None
    """None where nothing failed."""
    words_lost: int
    repeated: int
    breaker: str
    next_call: str

    @property
    def place(self) -> tuple[str, str]:
        """What it is about."""
        return self.provider, self.fault

    @property
    def too_much(self) -> list[str]:
        """Which limits it does not keep."""
        took_ms = self.takes_over_ms if self.takes_over_ms is not None else TAKES_OVER_MS + 1
        kept = {
            "silence": self.silence_ms <= SILENCE_MS,
            "takes over": took_ms <= TAKES_OVER_MS,
            "lost": self.words_lost == 0,
            "repeated": self.repeated <= REPEATED[self.stage],
            "next call": self.next_call == self.provider,
        }
        return [name for name, is_kept in kept.items() if not is_kept]

    def line(self) -> str:
        """As it stands in the table; what is beyond its limit stands out."""
        took = "–" if self.takes_over_ms is None else str(self.takes_over_ms)
        shown = {
            "silence": str(self.silence_ms),
            "takes over": took,
            "lost": str(self.words_lost),
            "repeated": str(self.repeated),
            "breaker": self.breaker,
            "next call": self.next_call,
        }
        cells = [f"**{text}**" if name in self.too_much else text for name, text in shown.items()]
        return f"| {' | '.join([self.provider, self.fault, *cells])} |"


def page(rows: Iterable[Row]) -> str:
    """All of the file."""
    by_place = {row.place: row for row in rows}
    limits = f"≤ {SILENCE_MS} | ≤ {TAKES_OVER_MS} | 0 | 0; a voice ≤ {REPEATED['tts']}"
    lines = [f"| **limit** | | {limits} | | itself |"]
    lines += [
        by_place[vendor.name, fault].line()
        for vendor in VENDORS
        for fault in FAULTS
        if (vendor.name, fault) in by_place
    ]
    senseless = [
        f"- {vendor.name}, {fault}: {reason}." for vendor in VENDORS for fault, reason in vendor.senseless.items()
    ]
    parts = [HEAD + "\n".join(lines), "Not in the table, because it cannot happen:", "\n".join(senseless)]
    over = [f"{row.provider}, {row.fault} ({', '.join(row.too_much)})" for row in by_place.values() if row.too_much]
    if over:
        parts.append("In **bold**, what does not keep its limit: " + "; ".join(over) + ".")
    return "\n\n".join(parts) + "\n"


def places(text: str) -> set[tuple[str, str]]:
    """Provider and fault of each line of a page's table."""
    cells = [line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    names = {vendor.name for vendor in VENDORS}
    return {(row[0], row[1]) for row in cells if row[0] in names}
