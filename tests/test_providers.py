"""Which providers a configuration makes, in which order, and what is refused."""

import pytest

from callagent.clock import ManualClock
from callagent.errors import ConfigurationError, ProviderUnavailableError
from callagent.llm.chain import ModelChain
from callagent.providers import check_orders, make_model, make_provider, make_synthesizer, make_transcriber
from callagent.settings.settings import Settings
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


def test_a_wrong_name_is_blamed_on_where_it_stands() -> None:
    """The order of a language is not the usual one."""
    with pytest.raises(ConfigurationError, match=r"^CALLAGENT_IN_LANGUAGE: 'wisper'.*did you mean 'whisper'"):
        ears(in_language={"hi": {"stt": ("wisper",)}})


def test_an_order_for_a_language_that_nobody_speaks_is_refused() -> None:
    """It would have no effect."""
    settings = Settings.model_validate({"in_language": {"hj": {"stt": ("pocketsphinx",)}}})

    with pytest.raises(ConfigurationError, match=r"CALLAGENT_IN_LANGUAGE: the flow does not speak 'hj'; did you mean"):
        check_orders(settings, ["en", "hinglish", "hj-x"])
    check_orders(settings, ["en", "hj"])


VENDORS = [("stt", "deepgram"), ("tts", "elevenlabs"), ("llm", "openai"), ("llm", "groq"), ("llm", "anthropic")]


@pytest.mark.parametrize(("stage", "name"), VENDORS)
def test_a_missing_key_is_named(stage: str, name: str) -> None:
    """Under the name that it is set by; it may as well be among the provider's options."""
    with pytest.raises(ConfigurationError, match=rf"{name.upper()}_API_KEY: {name} has no key"):
        make_provider(stage, name, Settings())
    make_provider(stage, name, Settings(options={f"{stage}.{name}": {"api_key": "e1f2a3b4"}}))


def test_a_server_of_ones_own_needs_no_key() -> None:
    """The vendor's own address does, by whatever way it came there."""
    for name in ("ollama", "vllm"):
        make_provider("llm", name, Settings())
    make_provider("llm", "openai", Settings.model_validate({"openai_base_url": "http://127.0.0.1:8000/v1"}))
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        make_provider("llm", "openai", Settings.model_validate({"openai_base_url": "https://api.openai.com/v1"}))


def test_deadlines_are_those_of_the_configuration() -> None:
    """Of each stage, and of every provider that connects; its own options win."""
    given = Settings.model_validate(
        KEYS
        | {"stt": ("deepgram",), "tts": ("edge",), "llm": ("openai", "ollama")}
        | {"deadlines": {"stt": 1.2, "tts": 0.7, "llm": 0.8, "connect": 0.9}}
        | {"options": {"llm.ollama": {"connect_s": 0.2}}}
    )
    ear, voice, model = (make(given, ManualClock()) for make in (make_transcriber, make_synthesizer, make_model))
    assert isinstance(ear, TranscriberChain)
    assert isinstance(voice, SynthesizerChain)
    assert isinstance(model, ModelChain)

    assert (ear._deadlines.first_s, ear._deadlines.stall_s, ear._final_s) == (1.2, 1.2, 1.2)
    assert voice._deadlines.first_s == 0.7
    assert (model._deadlines.first_s, model._read_s) == (0.8, 0.8)
    options = [make_provider("stt", "deepgram", given)._options, make_provider("tts", "edge", given)._options]
    options += [make_provider("llm", name, given)._options for name in ("openai", "ollama")]
    assert [one.connect_s for one in options] == [0.9, 0.9, 0.9, 0.2]


@pytest.mark.parametrize(
    ("provider", "options", "message"),
    [
        ("llm.ollama", {"connect_s": "abc"}, "llm.ollama: 'connect_s' is of the wrong kind; it must be float"),
        ("llm.ollama", {"connect_s": "2"}, "'connect_s' is of the wrong kind"),
        ("llm.ollama", {"connect_s": 0}, "`connect_s` and `silence_s` must be above 0"),
        ("tts.espeak", {"words_per_minute": "quick"}, "'words_per_minute' is of the wrong kind; it must be int"),
        ("stt.whisper", {"hotwords": "no"}, "'hotwords' is of the wrong kind; it must be bool"),
    ],
)
def test_an_option_of_the_wrong_kind_is_named(provider: str, options: dict[str, object], message: str) -> None:
    """Before anybody is asked with it."""
    stage, name = provider.split(".")
    with pytest.raises(ConfigurationError, match=rf"CALLAGENT_OPTIONS: .*{message}"):
        make_provider(stage, name, Settings(options={provider: options}))


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
