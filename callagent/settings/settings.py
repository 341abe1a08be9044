"""Everything that can be configured.

The environment wins over `.env`, which wins over `callagent.toml`. Twilio's own names are kept for its credentials;
all other names begin with CALLAGENT_ in the environment and stand without that prefix in the TOML file.
"""

import re
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from callagent.settings.recording_keys import read_keys
from callagent.settings.recordings_bucket import read_bucket
from callagent.settings.trunks import SipTrunk

CONFIG_FILE: Final = "callagent.toml"
ENV_FILE: Final = ".env"
PREFIX: Final = "CALLAGENT_"
KEYS: Final = ("anthropic_api_key", "deepgram_api_key", "elevenlabs_api_key", "groq_api_key", "openai_api_key")
HIDDEN: Final = frozenset(
    {"twilio_account_sid", "twilio_auth_token", "options", "database_url", "calls_url", "callers_secret"}
    | {"summary_webhook", "monitor_token", "asterisk_token", "fallback", "sip_trunks", *KEYS}
    | {"recording_keys", "recordings_bucket"}
)
"""Fields whose values no error shows: they are secrets, may hold one, or are a person's number."""
OBJECTS: Final = ("options", "voices", "in_language", "thresholds", "deadlines", "sip_trunks", "retention")
"""Fields that are JSON objects; their parts may be set by themselves, as CALLAGENT_OPTIONS__...."""
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*|hinglish")
"""As flows write them."""


def _alias(name: str) -> Any:
    """Twilio's own name in the environment, the lower-case one in the TOML file."""
    return Field(validation_alias=AliasChoices(name, name.lower()))


def _names(given: object) -> object:
    """Read a text such as "deepgram, whisper" as the list of names that it stands for in the environment."""
    return tuple(name for name in re.split(r"[,\s]+", given) if name) if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
"""A list, or a text with commas; such as providers in order, by registry name."""

StageName = Literal["stt", "llm", "tts"]
Wait = Literal["stt", "llm", "tts", "connect"]
"""What providers are given a limited time for."""
Measure = Literal["p95_s", "errors", "empty", "confidence", "no_match", "flawed", "barge_ins"]
"""What may be expected of a provider."""


class Settings(BaseSettings):
    """The process's configuration, read once at start."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        toml_file=CONFIG_FILE,
        extra="ignore",
        frozen=True,
        env_nested_delimiter="__",
        populate_by_name=True,
    )

    twilio_account_sid: Annotated[str, _alias("TWILIO_ACCOUNT_SID")] = ""
    """The account, such as AC followed by 32 hexadecimal digits."""
    twilio_auth_token: Annotated[SecretStr, _alias("TWILIO_AUTH_TOKEN")] = SecretStr("")
    """The secret that signs webhooks."""
    twilio_api_url: Annotated[str, _alias("TWILIO_API_URL")] = ""
    """Another address of the REST API, for tests; empty means Twilio's own."""
    public_url: Annotated[str, _alias("PUBLIC_URL")] = ""
    """The address that Twilio was given, such as https://shop.example.com."""
    audiosocket: str = ""
    """Where Asterisk's AudioSocket calls are taken, such as 127.0.0.1:9092; empty for nowhere."""
    asterisk_token: SecretStr = SecretStr("")
    """With it Asterisk opens WebSocket calls and tells who calls over AudioSocket; 16 characters or more."""
    asterisk_from: Names = ("127.0.0.0/8", "::1")
    """Addresses and networks that Asterisk's calls may come from."""

    sip: Names = ()
    """Where SIP calls are taken, such as "udp:0.0.0.0:5060, tls:0.0.0.0:5061"; empty for nowhere."""
    sip_from: Names = ("127.0.0.0/8", "::1")
    """Addresses and networks that SIP messages may come from; those of the trunks may anyway."""
    sip_trunks: dict[str, SipTrunk] = {}
    """By name: {"office": {"registrar": "sip:pbx.example.org", "user": "200", "password": "..."}}."""
    sip_public: str = ""
    """The IP address that SIP peers reach this machine at, where that is not the one that it listens on."""
    sip_ports: str = "16384-17383"
    """UDP ports for the sound of SIP calls, two for each."""
    sip_country: str = ""
    """The code of callers' numbers that come without one, such as +91."""
    sip_certificate: Names = ()
    """PEM files of SIP over TLS: one with the certificate, its chain and its key, or the key in a second one."""
    sip_srtp: Literal["refused", "accepted", "required"] = "refused"
    """Whether the sound of SIP calls is encrypted: never, where the peer offers it, or always."""
    sip_any_source: bool = False
    """Whether sound may come from another address than was agreed on, as it does through some NATs."""

    deepgram_api_key: Annotated[SecretStr, _alias("DEEPGRAM_API_KEY")] = SecretStr("")
    elevenlabs_api_key: Annotated[SecretStr, _alias("ELEVENLABS_API_KEY")] = SecretStr("")
    openai_api_key: Annotated[SecretStr, _alias("OPENAI_API_KEY")] = SecretStr("")
    openai_base_url: Annotated[str, _alias("OPENAI_BASE_URL")] = ""
    """Of any server that speaks OpenAI's language; empty means OpenAI's own."""
    anthropic_api_key: Annotated[SecretStr, _alias("ANTHROPIC_API_KEY")] = SecretStr("")
    groq_api_key: Annotated[SecretStr, _alias("GROQ_API_KEY")] = SecretStr("")

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 inside a container."""
    port: Annotated[int, Field(validation_alias=AliasChoices("CALLAGENT_PORT", "PORT", "port"), ge=0, le=65535)] = 8080
    shop: str = "electrical"
    """Folder below flows/ and prompts/."""
    timezone: str = "Asia/Kolkata"
    """Where the shop is, for a flow that does not say so itself: opening hours are in this time."""
    flows: Path = Path("flows")
    prompts: Path = Path("prompts")
    recordings: Path = Path("recordings")
    cache: Path = Path("~/.cache/callagent")
    """Where rendered prompts and the adapted acoustic model are kept."""
    record: bool = True
    """Whether the sound of calls is kept; events and the summary always are."""
    recording_keys: SecretStr = SecretStr("")
    """Recordings are encrypted with the first of these, and read with all: "k2:BASE64,k1:BASE64"; empty for not."""
    recordings_bucket: str = ""
    """Where recordings are copied to after the call, such as s3://bucket/prefix; empty for nowhere."""
    recordings_local: float | None = Field(default=None, ge=0)
    """Days that they stay here once the bucket has them; not set: as long as if there was none."""
    retention: dict[Literal["audio", "transcript", "summary", "audit"], Annotated[float, Field(gt=0, le=36500)]] = {}
    """Days after which what is kept of calls is deleted: {"audio": 30}; what is not named is kept.

    "transcript" are the words among the events, and "summary" is all that there is of a call; "audit" is the log of who
    played, exported and deleted what.
    """
    language: str = ""
    """The language that calls begin in, one of the flow's; empty for its first. A caller who is known keeps theirs."""
    voice: str = ""
    """The synthesizer's name of the agent's voice; empty for its default."""
    voices: dict[str, dict[Literal["business", "casual", "calm"], str]] = {}
    """By language and mood, where it is to be another than `voice`: {"en": {"calm": "en-gb+f2"}}."""
    stt: Names = ("pocketsphinx",)
    """Who recognizes speech, by registry name; then who takes over when the first cannot, in order."""
    tts: Names = ("espeak",)
    """Who speaks, likewise."""
    llm: Names = ()
    """Who is asked where the rules are unsure, and talks freely where the flow allows it; empty for nobody."""
    in_language: dict[str, dict[StageName, Names]] = {}
    """Other orders for a language: {"hi": {"stt": ["whisper", "pocketsphinx"]}}."""
    smart_turn: bool = False
    """Whether the sound of a pause may lengthen it; each judgement takes a tenth of a second of a core."""
    noise: Literal["off", "auto", "on"] = "off"
    """Whether steady noise is taken out of what the recogniser hears: never, on a noisy line, or on every line."""
    hedge: bool = False
    """Whether a language model that begins later than usual has the next one asked as well; costs its tokens."""
    understand_accept: float = Field(default=0.6, ge=0, le=1)
    """A sentence understood so surely is acted on."""
    understand_confirm: float = Field(default=0.4, ge=0, le=1)
    """A sentence understood so surely is asked back; one that is less, is asked for again."""
    understand_within_s: float = Field(default=1.5, ge=0.1, le=10)
    """How long the language model may take to tell what a caller meant, where the rules are unsure."""
    options: dict[str, dict[str, Any]] = {}
    """Options of providers by stage and name, such as {"tts.espeak": {...}}."""
    database_url: str = ""
    """Where callers are remembered, such as sqlite+aiosqlite:///callers.db; empty for nowhere."""
    calls_url: str = ""
    """Where calls are found again, such as postgresql://user:password@host/database; empty for a file of SQLite's,
    calls.db beside the recordings."""
    database_words: bool | None = None
    """Whether what was said, and what people write about calls, is in that database as well as in the calls' folders;
    not set: unless recordings are encrypted."""
    callers_secret: SecretStr = SecretStr("")
    """With it a caller's number becomes the key that the caller is known by; 16 characters or more."""
    summary_webhook: SecretStr = SecretStr("")
    """Where each call's summary is posted as JSON after the call, such as https://shop.example.com/calls."""
    deadlines: dict[Wait, Annotated[float, Field(gt=0, le=60)]] = {}
    """Seconds after which the next provider is asked, where it is to be something else than usual: {"llm": 2.0}.

    For a model's first word, for a voice's first sound, for hearing something once the caller speaks and again once the
    turn is over, and for connecting.
    """
    thresholds: dict[StageName, dict[Measure, float]] = {}
    """What is expected of providers, where it is to be something else than usual: {"stt": {"p95_s": 2.0}}."""
    demote: bool = True
    """Whether a provider that falls short of that is asked after the others for a while."""
    demoted_s: float = Field(default=120.0, ge=1)
    """For how long at first; twice as long each time that it falls short again."""
    longest_call_s: float = Field(default=1800.0, ge=60)
    """A call is ended politely after this."""
    silent_call_s: float = Field(default=45.0, ge=10)
    """So is one whose caller has said and keyed nothing for so long, the agent's own words not counted."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that serve calls on the one port."""
    most_calls: int = Field(default=0, ge=0)
    """Calls at one time, of all workers together; 0 for any number. Further callers are asked to hold."""
    busy_ms: float = Field(default=40.0, ge=0)
    """So are callers whom a worker would get that has been this late for some seconds; 0 for never."""
    queue_s: float = Field(default=60.0, ge=0, le=600)
    """For how long they are; then they get the fallback."""
    fallback: str = ""
    """A number that is rung then, such as +911234567890, or an https address of TwiML; empty for an apology."""
    dial_allowed: Names = ()
    """Beginnings of the numbers that may be rung, such as +91 and +4420; empty for no outbound call at all.

    Where it is set, callers are handed over only to people whose numbers begin so.
    """
    dial_from: str = ""
    """The number at Twilio that outbound calls come from, such as +911140000000."""
    dial_per_s: float = Field(default=1.0, gt=0, le=50)
    """Outbound calls that may begin in a second, of all workers together."""
    monitor_token: SecretStr = SecretStr("")
    """Whoever shows it may dial, and read /metrics and /status, from other machines; 16 characters or more."""
    drain_s: float = Field(default=300.0, ge=0)
    """How long a stopping server waits for its calls to end."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_any_case(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("stt", "tts")
    @classmethod
    def _somebody(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("names nobody; a call needs somebody there")
        return names

    @field_validator("in_language")
    @classmethod
    def _orders(
        cls, given: dict[str, dict[StageName, tuple[str, ...]]], info: ValidationInfo
    ) -> dict[str, dict[StageName, tuple[str, ...]]]:
        for language, orders in given.items():
            if not LANGUAGE.fullmatch(language):
                raise ValueError(f"has '{language}', which is no language; a flow's are written as en, hi or hinglish")
            for stage, names in orders.items():
                if not names:
                    raise ValueError(f"names nobody for {stage} in '{language}'; name somebody, or leave it out")
            if "llm" in orders and not info.data.get("llm", ("unknown",)):
                raise ValueError(
                    f"orders language models for '{language}', but CALLAGENT_LLM names none; set that as well, to who "
                    "answers in the other languages"
                )
        return given

    @property
    def has_words_in_database(self) -> bool:
        """Whether the database of calls may have words and notes: as set, and else unless recordings are encrypted."""
        encrypted = bool(self.recording_keys.get_secret_value().strip())
        return not encrypted if self.database_words is None else self.database_words

    def orders_of(self, stage: StageName) -> dict[str, tuple[str, ...]]:
        """By language: who is asked in another order than usual."""
        return {language: chains[stage] for language, chains in self.in_language.items() if stage in chains}

    @field_validator("port", mode="before")
    @classmethod
    def _no_service_link(cls, port: object) -> object:
        if isinstance(port, str) and port.startswith(("tcp://", "udp://", "sctp://")):
            raise ValueError(
                "is what Kubernetes sets beside a service that is called 'callagent'. Set enableServiceLinks: false "
                "for the pod, or call the service something else"
            )
        return port

    @field_validator("audiosocket")
    @classmethod
    def _address(cls, address: str) -> str:
        port = address.rpartition(":")[2]
        if address and not (re.fullmatch(r"([\w.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}", address) and int(port) < 65536):
            raise ValueError("is no address with a port; write one as in 127.0.0.1:9092")
        return address

    @field_validator("sip")
    @classmethod
    def _listening(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for address in given:
            found = re.fullmatch(r"(udp|tcp|tls):([0-9.]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", address, re.IGNORECASE)
            try:
                ip_address(found[2].strip("[]") if found else "")
            except ValueError:
                found = None
            if not found or int(found[3]) > 65535:
                raise ValueError(f"has '{address}', which is nowhere to listen; write udp:0.0.0.0:5060")
        return given

    @field_validator("sip_certificate")
    @classmethod
    def _pem_files(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if len(given) > 2 or not all(Path(name).is_file() for name in given):
            raise ValueError("is not one file that exists, or two: the certificate with its chain, then its key")
        return given

    @field_validator("sip_ports")
    @classmethod
    def _ports(cls, given: str) -> str:
        found = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})", given)
        if not found or not 1024 <= int(found[1]) < int(found[2]) <= 65535:
            raise ValueError("is no range of ports; write two numbers from 1024 to 65535, as 16384-17383")
        return given

    @field_validator("sip_public")
    @classmethod
    def _public(cls, address: str) -> str:
        if address:
            try:
                ip_address(address)
            except ValueError:
                raise ValueError("is no IP address; write the one that the outside knows, as 203.0.113.7") from None
        return address

    @field_validator("sip_country")
    @classmethod
    def _country(cls, code: str) -> str:
        if code and not re.fullmatch(r"\+[1-9][0-9]{0,2}", code):
            raise ValueError("is no code of a country; write it as +91")
        return code

    @field_validator("asterisk_from", "sip_from")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for network in given:
            try:
                ip_network(network)
            except ValueError:
                raise ValueError(f"has '{network}', which is no network; write 10.0.0.5 or 10.1.0.0/16") from None
        return given

    @field_validator("dial_allowed")
    @classmethod
    def _prefixes(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for prefix in given:
            # Of one digit there are two country codes; any other digit stands for a part of the world.
            if not re.fullmatch(r"\+(1|7|[1-9][0-9]{1,14})", prefix):
                raise ValueError(f"has '{prefix}', which is no country code and no beginning of numbers; write +91")
        return given

    @field_validator("dial_from")
    @classmethod
    def _number(cls, number: str) -> str:
        number = number.replace(" ", "")
        if number and not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            raise ValueError("is no number; write one with its country code, such as +911140000000")
        return number

    @field_validator("summary_webhook")
    @classmethod
    def _https_or_here(cls, url: SecretStr) -> SecretStr:
        here = ("http://127.0.0.1", "http://localhost")
        if url.get_secret_value() and not url.get_secret_value().startswith(("https://", *here)):
            raise ValueError("is no https address; summaries go nowhere else, unless it is this machine")
        return url

    @field_validator("recording_keys")
    @classmethod
    def _keys(cls, keys: SecretStr) -> SecretStr:
        read_keys(keys.get_secret_value())
        return keys

    @field_validator("recordings_bucket")
    @classmethod
    def _bucket(cls, url: str) -> str:
        read_bucket(url)
        return url

    @field_validator("fallback")
    @classmethod
    def _number_or_https(cls, fallback: str) -> str:
        if fallback and not re.fullmatch(r"\+[1-9]\d{6,14}|https://\S+|http://(127\.0\.0\.1|localhost)\b\S*", fallback):
            raise ValueError("is neither a number, such as +911234567890, nor an https address of TwiML")
        return fallback

    @field_validator("understand_confirm")
    @classmethod
    def _no_more_than_accept(cls, confirm: float, info: ValidationInfo) -> float:
        accept = info.data.get("understand_accept", 1.0)
        if confirm > accept:
            raise ValueError(f"is more than CALLAGENT_UNDERSTAND_ACCEPT, {accept:g}")
        return confirm

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        zones = available_timezones()
        if name not in zones:
            near = get_close_matches(name, zones, n=1)
            raise ValueError("is no time zone" + (f"; did you mean {near[0]}?" if near else ""))
        return name

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then `.env`, then the TOML file."""
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)
