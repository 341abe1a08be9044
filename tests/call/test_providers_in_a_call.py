"""Providers that fail in the middle of a call: what the caller hears, and what the summary says of it."""

from pathlib import Path

from support.faulty import FaultyEar, FaultyVoice
from support.phone_call import PhoneCall, Setting, place_call

from callagent.clock import ManualClock
from callagent.errors import ProviderUnavailableError
from callagent.events import ProviderFailed, ProviderFellBack
from callagent.resilience.lineup import Lineup
from callagent.simulator.script import parse_script
from callagent.stt.chain import TranscriberChain
from callagent.stt.transcriber import Transcriber
from callagent.tts.chain import SynthesizerChain
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Synthesizer

SCRIPT = parse_script("about: a price\nsteps: [hear, say: price of the ceiling fan, hear, hang up]\n", "a price")
REFUSED = ProviderUnavailableError("first", "refused")
SILENCE_S = 3.0
"""No caller hears nothing for longer, whatever a provider does."""


def price_call(folder: Path, voices: tuple[Synthesizer, ...] = (), ears: tuple[Transcriber, ...] = ()) -> PhoneCall:
    """A caller asks for a price; chains of these voices and recognisers serve the call."""
    setting = Setting(folder)
    if voices:
        named = [(voice.info.name, voice) for voice in voices]
        setting.synthesizer = SynthesizerChain(Lineup(named, ManualClock()))
    if ears:
        setting.transcriber = TranscriberChain(Lineup([(ear.info.name, ear) for ear in ears], ManualClock()))
    return place_call(setting, SCRIPT)


def test_a_voice_that_is_down_is_not_noticed(tmp_path: Path) -> None:
    """Every line is heard, by the second voice; the summary counts what happened."""
    first = FaultyVoice("first", lambda _: [REFUSED])
    call = price_call(tmp_path, voices=(first, ScriptedSynthesizer(ScriptedSynthesizer.Options())))
    records = {record.provider: record for record in call.summary.providers if record.stage == "tts"}

    assert call.said[:2] == ["welcome", "main_menu"]
    assert call.report is not None
    assert call.report.problem == ""
    assert records["first"].errors >= 3
    assert records["first"].fallbacks >= 3
    assert records["scripted"].uses >= 1
    assert call.of(ProviderFellBack)[0].took_over == "scripted"


def test_a_voice_that_hangs_costs_its_deadline_and_then_nothing(tmp_path: Path) -> None:
    """Three lines wait for it, no longer than a caller bears; then it is left alone."""
    first = FaultyVoice("first", lambda _: [60.0])
    call = price_call(tmp_path, voices=(first, ScriptedSynthesizer(ScriptedSynthesizer.Options())))

    assert len([failure for failure in call.of(ProviderFailed) if failure.provider == "first"]) == 3
    assert max(turn.response_ms or 0 for turn in call.summary.turns) < SILENCE_S * 1000
    assert call.said[0] == "welcome"


def test_a_recogniser_that_drops_loses_no_word(tmp_path: Path) -> None:
    """The second hears the whole sentence, and the right product is found."""
    first = FaultyEar("first", [0.3, "what?", REFUSED], reads=False)
    call = price_call(tmp_path, ears=(first, FaultyEar("second", ["price of the ceiling fan"])))

    assert "price_in_stock" in " ".join(call.said)
    assert call.of(ProviderFellBack)[0].took_over == "second"
    assert call.summary.no_matches == 0
