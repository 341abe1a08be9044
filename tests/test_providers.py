"""Which providers a configuration makes, in which order, and what is refused."""

import pytest

from callagent.clock import ManualClock
from callagent.errors import ConfigurationError, ProviderUnavailableError
from callagent.llm.chain import ModelChain
from callagent.providers import make_model, make_synthesizer, make_transcriber
from callagent.settings import Settings
from callagent.stt.chain import TranscriberChain
from callagent.tts.chain import SynthesizerChain
from callagent.tts.synthesizer import Speech

KEYS = {"deepgram_api_key": "d" * 20 + "e", "openai_api_key": "sk-e1f2a3"}


def ears(**given: object) -> list[str]:
    """Who hears English, in order."""
    chain = make_transcriber(Settings.model_validate(KEYS | given), ManualClock())
    assert isinstance(chain, TranscriberChain)
    return [member.name for member in chain._lineup.order("en")]


def voices(language: str = "en", **given: object) -> list[str]:
    """Who speaks, in order."""
    chain = make_synthesizer(Settings.model_validate(KEYS | given), ManualClock())
    assert isinstance(chain, SynthesizerChain)
    return [member.name for member in chain._lineup.order(language)]


def test_one_provider_is_a_chain_as_well() -> None:
    """So its deadlines and its breaker count however many there are."""
    assert ears() == ["pocketsphinx"]
    assert voices() == ["espeak"]
    assert isinstance(make_model(Settings.model_validate(KEYS | {"llm": ("openai",)}), ManualClock()), ModelChain)
    assert make_model(Settings(), ManualClock()) is None


def test_a_chain_that_ends_in_the_network_gets_another_end() -> None:
    """Whoever names only cloud providers has somebody in the machine all the same."""
    assert ears(stt=("deepgram",)) == ["deepgram", "pocketsphinx"]
    assert voices(tts=("edge",)) == ["edge", "espeak"]
    assert voices(tts=("edge", "scripted")) == ["edge", "scripted"]


def test_the_order_of_a_language_gets_one_as_well() -> None:
    """And there is one espeak for all of them."""
    given = {"tts": ("espeak",), "in_language": {"hi": {"tts": ("edge",)}}}

    assert voices("hi", **given) == ["edge", "espeak"]
    assert voices("en", **given) == ["espeak"]


def test_a_chain_in_the_wrong_order_is_refused() -> None:
    """With its place and what would be right."""
    with pytest.raises(ConfigurationError, match=r"CALLAGENT_STT: 'deepgram'.*Put it before 'pocketsphinx'"):
        ears(stt=("pocketsphinx", "deepgram"))
    with pytest.raises(ConfigurationError, match=r"CALLAGENT_IN_LANGUAGE: 'edge'.*Put it before 'espeak'"):
        voices(in_language={"hi": {"tts": ("espeak", "edge")}})


async def test_without_a_network_the_machines_own_voice_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who named only a cloud voice is heard all the same, and it is told who spoke."""
    monkeypatch.setattr("callagent.tts.edge.EdgeSynthesizer._chunks", lambda *_: _Refusing())
    chain = make_synthesizer(Settings(tts=("edge",)), ManualClock())
    chunks = [chunk async for chunk in chain.synthesize(Speech("Good morning."))]
    await chain.aclose()

    assert {chunk.provider for chunk in chunks} == {"espeak"}
    assert all(chunk.version != chain.info.version for chunk in chunks)


class _Refusing:
    """Audio that never comes."""

    def __aiter__(self) -> "_Refusing":
        return self

    async def __anext__(self) -> None:
        raise ProviderUnavailableError("edge", "no network")

    async def aclose(self) -> None:
        """There is nothing to close."""
