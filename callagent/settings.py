"""Everything that can be configured; the one reader of the environment, `.env` and `callagent.toml`.

The environment wins over `.env`, which wins over `callagent.toml`. Twilio's own names are kept for its credentials;
all other names begin with CALLAGENT_ in the environment and stand without that prefix in the TOML file.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from callagent.errors import ConfigurationError

CONFIG_FILE: Final = "callagent.toml"
PLACEHOLDERS: Final = ("changeme", "change-me", "your", "xxxx", "todo", "placeholder", "<", "example", "secret-here")
"""Beginnings of what people leave in a file that they copied."""


def _alias(name: str) -> Any:
    """Twilio's own name in the environment, the lower-case one in the TOML file."""
    return Field(validation_alias=AliasChoices(name, name.lower()))


class Settings(BaseSettings):
    """The process's configuration, read once at start."""

    model_config = SettingsConfigDict(
        env_prefix="CALLAGENT_",
        env_file=".env",
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

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 inside a container."""
    port: Annotated[int, Field(validation_alias=AliasChoices("CALLAGENT_PORT", "PORT", "port"), ge=0, le=65535)] = 8080
    shop: str = "electrical"
    """Folder below flows/ and prompts/."""
    flows: Path = Path("flows")
    prompts: Path = Path("prompts")
    recordings: Path = Path("recordings")
    cache: Path = Path("~/.cache/callagent")
    """Where rendered prompts and the adapted acoustic model are kept."""
    record: bool = True
    """Whether the sound of calls is kept; events and the summary always are."""
    voice: str = ""
    """The synthesizer's name of the agent's voice; empty for its default."""
    stt: str = "pocketsphinx"
    """Who recognizes speech, by registry name."""
    tts: str = "espeak"
    """Who speaks."""
    llm: str = ""
    """Who talks freely where the flow allows it; empty for nobody."""
    options: dict[str, dict[str, Any]] = {}
    """Options of providers by stage and name, such as {"tts.espeak": {...}}."""
    drain_s: float = Field(default=300.0, ge=0)
    """How long a stopping server waits for its calls to end."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

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


def load_settings(**overrides: Any) -> Settings:
    """Read the configuration. Raises ConfigurationError that names each wrong setting, not its value."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
        raise ConfigurationError("The configuration is wrong.\n" + "\n".join(lines)) from None
    except ValueError as error:
        # tomllib's errors name line and column.
        raise ConfigurationError(f"{CONFIG_FILE} or .env cannot be read: {error}") from None


def check_for_serving(settings: Settings) -> None:
    """Refuse to serve the public with a secret missing or left as it was in an example.

    Raises ConfigurationError that names every such setting and how to set it; never a secret's value.
    """
    problems = []
    sid = settings.twilio_account_sid
    if not (sid.startswith("AC") and len(sid) == 34) or _is_placeholder(sid.removeprefix("AC")):
        problems.append("TWILIO_ACCOUNT_SID is missing or not an account SID: 'AC' and 32 hexadecimal digits.")
    token = settings.twilio_auth_token.get_secret_value()
    if len(token) < 16 or _is_placeholder(token):
        problems.append("TWILIO_AUTH_TOKEN is missing or a placeholder: copy it from the Twilio Console.")
    url = settings.public_url
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        problems.append("PUBLIC_URL is missing or not https: the address Twilio reaches, as https://shop.example.com.")
    if problems:
        how = f"Set them in the environment, in .env or in {CONFIG_FILE} (there in lower case)."
        raise ConfigurationError("\n".join([*problems, how]))


def _is_placeholder(secret: str) -> bool:
    return secret.lower().startswith(PLACEHOLDERS) or len(set(secret)) < 4
