"""SIP trunks as operators write them down."""

import re
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

ADDRESS: Final = re.compile(
    r"sips?:(\[[0-9A-Fa-f:]+\]|[\w.-]+)(:[0-9]{1,5})?(;transport=(udp|tcp|tls))?", re.IGNORECASE
)
USER: Final = re.compile(r"[\w.+*#~-]{1,64}")
NUMBER: Final = re.compile(r"\+?[0-9]{1,15}")


class SipTrunk(BaseModel):
    """One account at a provider or a PBX."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    registrar: str
    """Its address, such as sip:pbx.example.org or sip:sip.example.org;transport=tls."""
    user: str
    """The account's name or number."""
    password: SecretStr = SecretStr("")
    login: str = ""
    """The name that goes with the password, where that is another."""
    number: str = ""
    """What people who are rung see, such as +911234567890; the user when empty."""
    proxy: str = ""
    """An outbound proxy, such as sip:proxy.example.org."""
    register_: Annotated[bool, Field(alias="register")] = True
    """Whether it wants to be told where callagent is; not, where it is set up with its address."""
    user_phone: bool = False
    """Whether its addresses say ;user=phone."""
    expires_s: int = Field(default=600, ge=60, le=86_400)
    """For how long to register at a time."""
    refer: bool = False
    """Whether it joins two calls itself when a caller is handed over; else callagent stays between them."""

    @field_validator("registrar", "proxy")
    @classmethod
    def _address(cls, address: str) -> str:
        if address and not ADDRESS.fullmatch(address):
            raise ValueError("is no SIP address; write one as in sip:pbx.example.org or sip:10.0.0.5;transport=tcp")
        return address

    @field_validator("user", "login")
    @classmethod
    def _name(cls, user: str) -> str:
        if user and not USER.fullmatch(user):
            raise ValueError("is no name of an account: letters, digits and . _ + - * # ~ only, without the @ and host")
        return user

    @field_validator("number")
    @classmethod
    def _number(cls, number: str) -> str:
        if number and not NUMBER.fullmatch(number):
            raise ValueError("is no number; write it as +911234567890")
        return number
