"""What the log shows, and what it keeps to itself."""

import json
import logging
from pathlib import Path

import pytest
import structlog
from support.logged import everything_logged
from support.phone_call import Setting, place_call

from callagent.events import AgentSaid, TranscriptReceived
from callagent.recording.redaction import find_personal
from callagent.simulator.script import parse_script

PHONE = "98765 43210"
CALL = """
about: a price, and a number that is told
steps:
  - hear
  - say: price
  - hear
  - say: ceiling fan
  - hear
  - say: my number is nine eight seven six five four three two one zero
  - hear
  - say: goodbye
  - wait for hang up
"""


def lines(text: str) -> list[dict[str, object]]:
    """Of a log."""
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_loses_personal_data_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    """Names of things stay as they are, also where they look like numbers of somebody's."""
    kept = {"call": "CA9876543210", "version": "9876543210", "count": 3, "took_s": 0.25, "reason": "no answer in 2.5 s"}
    with everything_logged():
        log = structlog.get_logger("callagent.test")
        log.debug(
            "said",
            text=f"call {PHONE}",
            seen=["a.b@example.com", {"said": "nau aath double zero ek do teen chaar paanch chhe"}],
            **kept,
        )
    told = lines(capfd.readouterr().err)[0]

    assert told["text"] == "call ⟦phone⟧"
    assert told["seen"] == ["⟦e-mail⟧", {"said": "⟦phone⟧"}]
    assert {key: told[key] for key in kept} == kept


def test_what_libraries_log_is_looked_through(capfd: pytest.CaptureFixture[str]) -> None:
    """Their messages and the tracebacks under them."""
    with everything_logged():
        try:
            raise ValueError(PHONE)  # noqa: TRY301
        except ValueError:
            logging.getLogger("a.library").exception("cannot ring %s", PHONE)
    text = capfd.readouterr().err

    assert "43210" not in text
    assert lines(text)[0]["event"] == "cannot ring ⟦phone⟧"


def test_a_call_is_logged_without_words_and_numbers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Not at any level: what was said on either side, or a number; all that the fence hides is the shop's own."""
    with everything_logged():
        call = place_call(Setting(tmp_path), parse_script(CALL, "call.yaml"))
    text = capfd.readouterr().err
    said = [event.text for event in call.of(TranscriptReceived)] + [event.text for event in call.of(AgentSaid)]

    assert any(find_personal(words) for words in said)
    assert [words for words in said if len(words) > 12 and words in text] == []
    assert text.count("⟦") == text.count('"called": "⟦phone⟧"') == 1
    assert find_personal(text) == ()
