"""Where configuration comes from, and what is refused."""

import random
import string
from pathlib import Path

import pytest

from callagent.errors import ConfigurationError
from callagent.settings.loading import load_settings
from callagent.settings.placeholders import is_placeholder
from callagent.settings.serving import check_for_serving
from callagent.settings.settings import Settings

SID = "AC0123456789abcdef0123456789abcdef"
SECRET = "d1f3a5b7c9e0d2f4a6b8c0e1d3f5a7b9"


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder and an environment without our names."""
    monkeypatch.chdir(tmp_path)
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PUBLIC_URL", "PORT", "CALLAGENT_PORT", "CALLAGENT_SHOP"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_default_needs_nothing() -> None:
    """Without any configuration the embedded providers and the electrical shop are chosen."""
    settings = load_settings()

    assert (settings.stt, settings.tts, settings.llm) == (("pocketsphinx",), ("espeak",), ())
    assert settings.shop == "electrical"


def test_the_environment_wins_over_dotenv_over_toml(clean_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source overrides the next."""
    (clean_place / "callagent.toml").write_text('shop = "toml"\nport = 1\nvoice = "toml"\n')
    (clean_place / ".env").write_text("CALLAGENT_SHOP=dotenv\nCALLAGENT_PORT=2\n")
    monkeypatch.setenv("CALLAGENT_PORT", "3")
    settings = load_settings()

    assert (settings.port, settings.shop, settings.voice) == (3, "dotenv", "toml")


def test_twilio_keeps_its_own_names(clean_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment as Twilio calls them, in the TOML file in lower case."""
    (clean_place / "callagent.toml").write_text(f'twilio_account_sid = "{SID}"\n')
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", SECRET)
    monkeypatch.setenv("PUBLIC_URL", "https://shop.example.org")
    settings = load_settings()

    assert settings.twilio_account_sid == SID
    assert settings.twilio_auth_token.get_secret_value() == SECRET
    assert settings.public_url == "https://shop.example.org"


def test_a_platform_may_set_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """PORT, as process managers set it, is understood."""
    monkeypatch.setenv("PORT", "5000")

    assert load_settings().port == 5000


def test_a_secret_is_not_shown() -> None:
    """Printing the settings hides the token."""
    assert SECRET not in repr(load_settings(twilio_auth_token=SECRET))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"port": "many"}, "port"),
        ({"port": 70000}, "port"),
        ({"drain_s": -1}, "drain_s"),
        ({"understand_accept": 1.5}, "understand_accept.*from 0 to 1"),
        ({"understand_confirm": "often"}, "understand_confirm"),
        ({"understand_within_s": 0}, "seconds from 0.1 to 10"),
        ({"understand_accept": 0.5, "understand_confirm": 0.6}, "more than CALLAGENT_UNDERSTAND_ACCEPT"),
        ({"understand_confirm": 0.7}, "more than CALLAGENT_UNDERSTAND_ACCEPT, 0.6"),
        ({"log_level": "chatty"}, "log_level"),
        ({"noise": "loud"}, "noise.*off, auto or on"),
        ({"summary_webhook": "http://shop.example.org/calls"}, "summary_webhook: its value is no https address"),
        ({"demoted_s": 0}, "demoted_s.*seconds, 1 or more"),
        ({"longest_call_s": 5}, "longest_call_s.*60 or more"),
        ({"silent_call_s": 1}, "silent_call_s.*10 or more"),
        ({"thresholds": {"stt": {"p99_s": 1.0}}}, "thresholds, 'stt', 'p99_s'.*there are p95_s"),
        ({"thresholds": {"ear": {"p95_s": 1.0}}}, "thresholds, 'ear'"),
        ({"thresholds": {"stt": {"p95_s": "soon"}}}, "thresholds, 'stt', 'p95_s'"),
    ],
)
def test_a_wrong_value_is_named(given: dict[str, object], named: str) -> None:
    """The error says which setting, not what a secret was."""
    with pytest.raises(ConfigurationError, match=named):
        load_settings(**given)


def test_thresholds_are_set_by_stage_and_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one JSON object in the environment, or part by part."""
    monkeypatch.setenv("CALLAGENT_THRESHOLDS", '{"stt": {"p95_s": 2.0}}')
    monkeypatch.setenv("CALLAGENT_THRESHOLDS__TTS__FLAWED", "-1")

    assert load_settings().thresholds == {"stt": {"p95_s": 2.0}, "tts": {"flawed": -1.0}}


def test_a_broken_toml_file_is_named(clean_place: Path) -> None:
    """The error says where in callagent.toml."""
    (clean_place / "callagent.toml").write_text("shop = \n")

    with pytest.raises(ConfigurationError, match=r"callagent\.toml .*line 1"):
        load_settings()


OFFICE = {"registrar": "sip:pbx.example.org", "user": "200", "password": "kq7-Lm2x"}


def serving(**given: object) -> Settings:
    """Settings fit for the public, but for what is given."""
    complete: dict[str, object] = {
        "twilio_account_sid": SID, "twilio_auth_token": SECRET, "public_url": "https://shop.example.org",
    }  # fmt: skip
    return load_settings(**(complete | given))


def test_complete_settings_may_serve() -> None:
    """Real-looking credentials and an https address are enough."""
    check_for_serving(serving())


@pytest.mark.parametrize(
    "given", [{"audiosocket": "127.0.0.1:9092"}, {"asterisk_token": SECRET}, {"sip": "udp:127.0.0.1:5060"}]
)
def test_one_carrier_alone_may_serve(given: dict[str, object]) -> None:
    """One carrier is enough."""
    check_for_serving(load_settings(**given))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"audiosocket": "9092"}, "'9092' is no address with a port"),
        ({"audiosocket": "127.0.0.1:99999"}, "no address with a port"),
        ({"asterisk_from": ("10.0.0.0/33",)}, "'10.0.0.0/33', which is no network"),
        ({"sip": "5060"}, "'5060', which is nowhere to listen"),
        ({"sip": "udp:127.0.0.1:5060, sctp:127.0.0.1:5060"}, "'sctp:127.0.0.1:5060', which is nowhere to listen"),
        ({"sip": "udp:pbx.example.org:5060"}, "'udp:pbx.example.org:5060', which is nowhere to listen"),
        ({"sip": "udp:1.2.3:5060"}, "'udp:1.2.3:5060', which is nowhere to listen"),
        ({"sip_from": ("everybody",)}, "'everybody', which is no network"),
        ({"sip_ports": "20000-10000"}, "no range of ports"),
        ({"sip_public": "shop.example.org"}, "no IP address"),
        ({"sip_country": "91"}, "no code of a country"),
        ({"sip_certificate": "nowhere.pem"}, "not one file that exists"),
        ({"sip_trunks": {"office": {"registrar": "pbx.example.org", "user": "200"}}}, "no SIP address"),
        ({"sip_trunks": {"office": {"registrar": "sip:pbx.example.org", "user": "200@pbx"}}}, "no name of an account"),
    ],
)
def test_where_calls_come_from_must_be_an_address(given: dict[str, object], named: str) -> None:
    """The error shows one."""
    with pytest.raises(ConfigurationError, match=named):
        load_settings(**given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"twilio_account_sid": ""}, "TWILIO_ACCOUNT_SID"),
        ({"twilio_account_sid": "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}, "TWILIO_ACCOUNT_SID"),
        ({"twilio_account_sid": "SK0123456789abcdef0123456789abcdef"}, "TWILIO_ACCOUNT_SID"),
        ({"twilio_auth_token": ""}, "TWILIO_AUTH_TOKEN"),
        ({"monitor_token": "changeme-changeme"}, "CALLAGENT_MONITOR_TOKEN"),
        ({"monitor_token": "d1f3a5b7"}, "CALLAGENT_MONITOR_TOKEN"),
        ({"database_url": "sqlite+aiosqlite:///callers.db"}, "CALLAGENT_CALLERS_SECRET"),
        ({"database_url": "x", "callers_secret": "changeme-changeme-changeme"}, "CALLAGENT_CALLERS_SECRET"),
        ({"twilio_auth_token": "your_auth_token_goes_here"}, "TWILIO_AUTH_TOKEN"),
        ({"twilio_auth_token": "changeme-changeme-changeme"}, "TWILIO_AUTH_TOKEN"),
        ({"twilio_auth_token": "00000000000000000000000000000000"}, "TWILIO_AUTH_TOKEN"),
        ({"deepgram_api_key": "your-deepgram-key"}, "DEEPGRAM_API_KEY is a placeholder"),
        ({"openai_api_key": "<key>"}, "OPENAI_API_KEY is a placeholder"),
        (
            {"options": {"llm.openai": {"api_key": "your-key"}}},
            "CALLAGENT_OPTIONS, 'llm.openai', 'api_key' is a placeh",
        ),
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"public_url": "http://shop.example.org"}, "PUBLIC_URL"),
        ({"asterisk_token": "d1f3a5b7"}, "CALLAGENT_ASTERISK_TOKEN"),
        ({"audiosocket": "127.0.0.1:9092", "workers": 2}, "CALLAGENT_WORKERS"),
        ({"audiosocket": "127.0.0.1:9092", "twilio_auth_token": ""}, "TWILIO_AUTH_TOKEN"),
        ({"twilio_account_sid": "", "twilio_auth_token": "", "public_url": ""}, "CALLAGENT_AUDIOSOCKET"),
        ({"twilio_account_sid": "", "twilio_auth_token": "", "public_url": ""}, "CALLAGENT_SIP"),
        ({"sip": "udp:127.0.0.1:5060", "workers": 2}, "CALLAGENT_WORKERS"),
        ({"sip": "tls:127.0.0.1:5061"}, "CALLAGENT_SIP_CERTIFICATE"),
        ({"sip_trunks": {"office": OFFICE}}, "CALLAGENT_SIP_TRUNKS is set, but CALLAGENT_SIP is not"),
        (
            {"sip": "udp:127.0.0.1:5060", "sip_trunks": {"office": {**OFFICE, "password": "changeme"}}},
            "CALLAGENT_SIP_TRUNKS, 'office', 'password' is a placeholder",
        ),
    ],
)
def test_a_missing_or_placeholder_secret_is_refused(given: dict[str, object], named: str) -> None:
    """The error names the setting and how to set it, and never shows a value."""
    with pytest.raises(ConfigurationError) as caught:
        check_for_serving(serving(**given))

    assert named in str(caught.value)
    assert ".env" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "secret",
    [
        *("sk-...", "sk-xxxxxxxx", "sk-xxxxxxxxxxxxxxxx", "sk-your-key-here", "sk-ant-...", "sk_your_key", "dg_xxx"),
        *("REPLACE_ME", "replace-with-key", "your-key", "my-api-key", "MY_KEY", "insert-key", "enter-your-key"),
        *("dummy", "none", "null", "test", "<key>", "...", "AC...", "paste key here", "changeme", "gsk_your_groq_key"),
        *("${OPENAI_API_KEY}", "$OPENAI_API_KEY", "{{ openai_api_key }}", "%OPENAI_API_KEY%", "sk-proj-YOUR-KEY"),
    ],
)
def test_what_examples_have_for_a_key_is_none(secret: str) -> None:
    """In whatever manner the example says that a key belongs there."""
    assert is_placeholder(secret)


HEX = "0123456789abcdef"
WORD = string.ascii_letters + string.digits


@pytest.mark.parametrize(
    ("begins", "letters", "length"),
    [
        ("sk-", WORD, 48),
        ("sk-proj-", f"{WORD}-_", 148),
        ("sk-ant-api03-", f"{WORD}-_", 95),
        ("gsk_", WORD, 52),
        ("sk_", HEX, 48),
        ("", HEX, 40),
        ("", HEX, 32),
        ("", f"{WORD}-_", 43),
    ],
)
def test_real_keys_are_none_of_them(begins: str, letters: str, length: int) -> None:
    """As OpenAI, Anthropic, Groq, ElevenLabs, Deepgram and Twilio make theirs, and as one makes one's own."""
    chance = random.Random(f"{begins}{length}")  # noqa: S311  # nobody opens anything with these
    keys = [begins + "".join(chance.choices(letters, k=length)) for _ in range(2000)]

    assert [key for key in keys if is_placeholder(key)] == []


def test_a_pass_phrase_is_a_secret() -> None:
    """Whoever likes words better may have them, in a secret that is one's own."""
    assert not is_placeholder("correct horse battery staple")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("CALLAGENT_IN_LANGUAGE", '{"hi": {"stt": []}}', "CALLAGENT_IN_LANGUAGE in .* nobody for stt in 'hi'.* Write "),
        ("CALLAGENT_IN_LANGUAGE", '{"Hindi": {"stt": ["whisper"]}}', "'Hindi', which is no language.*en, hi"),
        ("CALLAGENT_IN_LANGUAGE", '{"hi": {"llm": ["ollama"]}}', "CALLAGENT_LLM names none; set that as well"),
        ("CALLAGENT_DEADLINES", '{"llm": 0}', r"CALLAGENT_DEADLINES in the environment, 'llm': '0' .*more than 0"),
        ("CALLAGENT_DEADLINES", '{"tts": "soon"}', r"CALLAGENT_DEADLINES in the environment, 'tts': 'soon' .*Write"),
        ("CALLAGENT_DEADLINES", '{"ttl": 1.0}', r"CALLAGENT_DEADLINES in the environment, 'ttl'.*\"connect\""),
        ("CALLAGENT_DEADLINES", '{"tts"', r"CALLAGENT_DEADLINES in the environment: .*no JSON"),
        ("CALLAGENT_RECORD", "maybe", r"CALLAGENT_RECORD in the environment: 'maybe' .* true or false"),
        ("PORT", "70000", r"^PORT in the environment: '70000' .* 0 to 65535"),
        ("CALLAGENT_VOCIE", "x", r"CALLAGENT_VOCIE in the environment: .* Did you mean CALLAGENT_VOICE\?"),
        ("CALLAGENT_OPTIONS", '{"tts', r"CALLAGENT_OPTIONS in the environment: .*no JSON"),
        ("CALLAGENT_VOICES", '{"en"', r"CALLAGENT_VOICES in the environment: .*no JSON"),
        ("CALLAGENT_VOICES", '{"en": {"angry": "x"}}', r"CALLAGENT_VOICES in the environment, 'en', 'angry'.*calm"),
        ("CALLAGENT_TIMEZONE", "Asia/Kolkatta", r"CALLAGENT_TIMEZONE .*did you mean Asia/Kolkata"),
    ],
)
def test_a_mistake_in_the_environment_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    """Under the name that was really set, with what is allowed."""
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError, match=message):
        load_settings()


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (".env", "CALLAGENT_RECORD=maybe\n", r"CALLAGENT_RECORD in \.env: 'maybe'"),
        (".env", "CALLAGENT_VOCIE=x\n", r"CALLAGENT_VOCIE in \.env: .*CALLAGENT_VOICE"),
        ("callagent.toml", 'voyce = "x"\n', r"voyce in callagent\.toml: .*voice"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_the_file(clean_place: Path, file: str, content: str, message: str) -> None:
    """Whoever mends it need not search."""
    (clean_place / file).write_text(content)

    with pytest.raises(ConfigurationError, match=message):
        load_settings()


def test_a_level_may_be_written_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most people write it in lower case."""
    monkeypatch.setenv("CALLAGENT_LOG_LEVEL", "debug")

    assert load_settings().log_level == "DEBUG"


def test_what_kubernetes_sets_beside_a_service_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service called "callagent" puts addresses into the environment: they are passed over, and a mistake is not."""
    for name in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_8080_TCP", "PORT_8080_TCP_ADDR"):
        monkeypatch.setenv(f"CALLAGENT_{name}", "10.0.0.1")

    assert load_settings().port == 8080
    monkeypatch.setenv("CALLAGENT_SERVICE", "10.0.0.1")
    with pytest.raises(ConfigurationError, match="CALLAGENT_SERVICE in the environment: there is no such setting"):
        load_settings()


def test_a_port_that_kubernetes_sets_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one such name that is ours as well is refused with the remedy."""
    monkeypatch.setenv("CALLAGENT_PORT", "tcp://10.0.0.1:8080")

    with pytest.raises(ConfigurationError, match="enableServiceLinks: false"):
        load_settings()


def test_a_chain_is_a_list_or_a_text_with_commas(clean_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is written most easily in each place; a language may have an order of its own."""
    (clean_place / "callagent.toml").write_text(
        'stt = ["deepgram", "pocketsphinx"]\n[in_language.hi]\nstt = ["whisper", "pocketsphinx"]\n', encoding="utf-8"
    )
    monkeypatch.setenv("CALLAGENT_TTS", "edge, espeak")
    settings = load_settings()

    assert settings.stt == ("deepgram", "pocketsphinx")
    assert settings.tts == ("edge", "espeak")
    assert settings.orders_of("stt") == {"hi": ("whisper", "pocketsphinx")}
    assert settings.orders_of("tts") == {}


def test_models_may_be_ordered_for_a_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is one for the others."""
    monkeypatch.setenv("CALLAGENT_LLM", "openai")
    monkeypatch.setenv("CALLAGENT_IN_LANGUAGE", '{"hi": {"llm": ["groq", "openai"]}}')

    assert load_settings().orders_of("llm") == {"hi": ("groq", "openai")}


def test_somebody_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call needs a recogniser and a voice."""
    monkeypatch.setenv("CALLAGENT_TTS", "")

    with pytest.raises(ConfigurationError, match=r"CALLAGENT_TTS in the environment: .* names nobody"):
        load_settings()


@pytest.mark.parametrize("fallback", ["+911234567890", "https://shop.example.org/busy.xml", ""])
def test_a_fallback_is_a_number_or_an_address(fallback: str) -> None:
    """Or nobody."""
    assert load_settings(fallback=fallback).fallback == fallback


@pytest.mark.parametrize("fallback", ["01234", "http://shop.example.org", "+91 12345 67890", "somebody"])
def test_another_fallback_is_refused(fallback: str) -> None:
    """The error says what is right, and does not show what may be a person's number."""
    with pytest.raises(ConfigurationError, match="neither a number") as caught:
        load_settings(fallback=fallback)

    assert fallback not in str(caught.value)


def test_a_trunks_password_is_shown_by_no_error() -> None:
    """Neither where the trunk is wrong, nor by the settings themselves."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(sip_trunks={"office": {**OFFICE, "number": "reception"}})

    assert "kq7" not in str(caught.value)
    assert "kq7" not in repr(load_settings(sip_trunks={"office": OFFICE}))


def test_a_trunks_password_may_be_set_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one variable of the environment, while the rest stands elsewhere."""
    monkeypatch.setenv("CALLAGENT_SIP_TRUNKS", '{"office": {"registrar": "sip:pbx.example.org", "user": "200"}}')
    monkeypatch.setenv("CALLAGENT_SIP_TRUNKS__OFFICE__PASSWORD", "kq7-Lm2x")

    assert load_settings().sip_trunks["office"].password.get_secret_value() == "kq7-Lm2x"
