"""`callagent bench` over SIP: what is asked for, what the soak shows, and when it fails."""

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from callagent.cli import main
from callagent.commands import soak
from callagent.commands.arguments import make_parser
from callagent.simulator.impairment import NOTHING, Impairment
from callagent.simulator.measured_server import MeasuredServer
from callagent.simulator.sip_trunk import SipDestination, SipTrunk
from callagent.simulator.soak import Manner, SoakPlan, SoakResult

CLEAN = SoakResult(
    placed={str(Manner.PLAIN): 17, str(Manner.VANISHES): 3},
    failures={},
    kept_peak={"calls": 9, "dialogs": 9, "transactions": 12, "media_ports": 9},
    kept_end={"calls": 0, "dialogs": 0, "transactions": 0, "media_ports": 0},
    empty_after_s=31.5,
    memory_marked_mb=80.0,
    memory_end_mb=82.5,
)


@pytest.fixture
def soaked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The `plan` of the soak that was asked for, instead of which there is this `result`."""
    told: dict[str, Any] = {"result": CLEAN}

    @asynccontextmanager
    async def our_server(_: SipTrunk) -> AsyncIterator[MeasuredServer[SipDestination]]:
        yield MeasuredServer(1, SipDestination("127.0.0.1", 5060), 1.0, "http://127.0.0.1/health")

    async def run_soak(_: SipTrunk, plan: SoakPlan, progress: object) -> SoakResult:
        told["plan"] = plan
        result: SoakResult = told["result"]
        return result

    monkeypatch.setattr(soak, "our_server", our_server)
    monkeypatch.setattr(soak, "run_soak", run_soak)
    return told


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    """The output, without line ends and frames."""
    return " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_a_clean_soak_is_shown(soaked: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """How the calls ended, what the server had of them, and when it had forgotten them."""
    assert main(["bench", "--carrier", "sip", "--soak", "20"]) == 0
    told = shown(capsys)

    assert (soaked["plan"].calls, soaked["plan"].at_once, soaked["plan"].seconds) == (20, 25, 5.0)
    assert "vanishes without a BYE 3" in told
    assert "media ports: 9 at most, 0 at the end" in told
    assert "80.0 MB after the first 20 calls, then +2.5 MB" in told
    assert "nothing left of them 31.5 s after the last one" in told


@pytest.mark.parametrize("change", [{"empty_after_s": None}, {"failures": {"talks: nothing was heard": 2}}])
def test_a_soak_that_leaves_something_fails(
    change: dict[str, Any], soaked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Or in which a call failed."""
    soaked["result"] = SoakResult(**{name: getattr(CLEAN, name) for name in SoakResult.__slots__} | change)

    assert main(["bench", "--carrier", "sip", "--soak", "20", "--calls", "5", "--seconds", "2"]) == 1
    told = shown(capsys)
    assert "still had something of them 90 s later" in told or "2 × talks: nothing was heard" in told
    assert (soaked["plan"].at_once, soaked["plan"].seconds) == (5, 2.0)


def test_json_is_all_that_is_printed(soaked: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """One object, for a program to read."""
    assert main(["bench", "--carrier", "sip", "--soak", "20", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clean"] is True


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("--carrier sip --against pipecat", "leave out --carrier sip"),
        ("--carrier sip --turns", "leave out --carrier sip"),
        ("--carrier sip --workers 2", "leave out --workers"),
        ("--soak 10", "give --carrier sip as well"),
        ("--against twilio", "give --carrier sip as well"),
        ("--impair rtp=5", "give --carrier sip as well"),
    ],
)
def test_what_cannot_be_measured_is_told(words: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to change."""
    assert main(["bench", *words.split()]) == 2
    assert complaint in capsys.readouterr().err


def test_a_bad_network_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """By percents and milliseconds; anything else is refused with what would be right."""
    options: argparse.Namespace = make_parser().parse_args(["bench", "--impair", "signalling=15,rtp=5"])

    assert options.impair == Impairment(signalling=15, rtp=5)
    assert make_parser().parse_args(["bench"]).impair == NOTHING
    with pytest.raises(SystemExit):
        make_parser().parse_args(["bench", "--impair", "15"])
    assert "write signalling=15" in capsys.readouterr().err
