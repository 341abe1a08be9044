"""JSON that commands print."""

import json

import pytest

from callagent.commands.as_json import print_json


def test_nothing_is_lost_and_nothing_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Of what callers said and people noted, whatever characters are in it, two lines included."""
    data = {"नोट": "one\ntwo  \x1b]0;title\x07\x9b31m\u202ebye\ud800", "score": [1, 2.5, None, True]}
    print_json(data)
    printed = capsys.readouterr().out

    assert json.loads(printed) == data
    assert "नोट" in printed
    assert not set(printed) & set("\x1b\x07\x9b\u202e\ud800")
