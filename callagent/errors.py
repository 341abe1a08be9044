"""Every error that callagent raises on purpose.

::

    CallagentError
    ├── ConfigurationError        the operator's settings: says which one and how to set it
    ├── ContentError              the staff's files: one Problem for each mistake, with file and line
    ├── DestinationError          a number that is none, or that may not be rung
    ├── StoreError                the database failed; no call depends on it
    ├── MediaError                audio that is not what it claims to be
    ├── RecordingError            a recording cannot be read or written: names place, problem and remedy
    │   ├── TamperedError         an encrypted file is not what was written: names the file and the chunk
    │   ├── KeyNeededError        an encrypted file's key is not in the settings: names its id
    │   └── BucketError           the bucket of the recordings failed, or has not got what was asked for
    ├── CarrierError              the telephone network's side
    │   ├── WireError             a peer broke its own protocol
    │   │   └── MalformedMessageError  a SIP message that cannot be read: carries what to answer, if anything
    │   └── CarrierRefusedError   the carrier's API answered no, or did not answer
    │       └── NotAnsweredError  whoever was rung did not take the call: says why
    └── ProviderError             speech recognition, language model or synthesis
        ├── ProviderTimeoutError      no useful output in time
        ├── ProviderUnavailableError  refused, dropped, overloaded
        └── ProviderRejectedError     our request is wrong: another try will not help
            └── ProviderDeniedError       our key or account is: no request will do until a person mends it

A `ProviderError` and a `CarrierError` carry `retryable`: whether the same request may succeed later. A foreign
library's exception is translated once, in the file that imports that library.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias


class CallagentError(Exception):
    """Anything callagent raises on purpose; its text is fit to be shown to a person."""


class ConfigurationError(CallagentError):
    """A setting is missing or wrong: the operator mends it; the text names it and a right value."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file that staff edit."""

    file: str
    """Path as staff know it, relative to where they started the program."""
    line: int
    """First line is 1; 0 when the file as a whole is meant."""
    what: str
    """What is wrong, with the offending text quoted."""
    remedy: str = ""
    """What would be right."""
    severity: Literal["error", "warning"] = "error"
    """An error keeps the file from every call; a warning is for staff to look at."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}" + (f" {self.remedy}" if self.remedy else "")


class ContentError(CallagentError):
    """Flows, prompts or tables hold mistakes; `problems` lists them all, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DestinationError(CallagentError):
    """No telephone number, or one that may not be rung: says what is to be done, and does not repeat the number."""


class StoreError(CallagentError):
    """The database failed or cannot be reached; no call depends on it."""


class MediaError(CallagentError):
    """Audio that is not what it claims to be, such as a truncated WAV file."""


class RecordingError(CallagentError):
    """A recording cannot be read or written; the text names place, problem and remedy."""


class TamperedError(RecordingError):
    """An encrypted file is not what was written: changed, cut off, or put together from parts of others."""

    def __init__(self, file: str, where: str, what: str) -> None:
        self.file = file
        self.where = where
        """Which part of it, such as "chunk 7"."""
        super().__init__(f"{file}, {where}: {what}")


class KeyNeededError(RecordingError):
    """An encrypted file can only be read with a key that is not in the settings, or is another there."""

    def __init__(self, file: str, key_id: str, what: str) -> None:
        self.file = file
        self.key_id = key_id
        super().__init__(f"{file}: {what}")


class BucketError(RecordingError):
    """The bucket of the recordings failed, or has not got what was asked for."""


class CarrierError(CallagentError):
    """The telephone network's side failed; `retryable` says whether asking again may help."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        self.retryable = retryable
        super().__init__(message)


class WireError(CarrierError):
    """A peer sent what its protocol does not allow."""


class MalformedMessageError(WireError):
    """A SIP message cannot be read; its text holds nothing that the peer wrote, so it is fit for a log."""

    def __init__(self, what: str, *, status: int | None = None, answer: bytes = b"") -> None:
        self.status = status
        """What SIP says of it, such as 400 or 505; None: the message is to be dropped."""
        self.answer = answer
        """The response to send back where the message came from; empty: nothing is to be sent."""
        super().__init__(what)


class CarrierRefusedError(CarrierError):
    """The carrier's API refused a request or did not answer it."""


NotAnswered: TypeAlias = Literal["busy", "no answer", "declined", "no such number", "failed"]
"""Why whoever was rung did not take the call; "failed" is the network's fault."""


class NotAnsweredError(CarrierRefusedError):
    """Whoever was rung did not take the call."""

    def __init__(self, reason: NotAnswered, message: str = "") -> None:
        self.reason = reason
        super().__init__(message or f"nobody took the call: {reason}", retryable=reason in {"busy", "no answer"})


class ProviderError(CallagentError):
    """A transcriber, language model or synthesizer failed; `provider` is its registry name."""

    retryable = True

    def __init__(self, provider: str, message: str, *, retry_after_s: float | None = None) -> None:
        self.provider = provider
        self.retry_after_s = retry_after_s
        """How long the provider asks to be left alone, where it does."""
        super().__init__(f"{provider}: {message}")


class ProviderTimeoutError(ProviderError):
    """No useful output within the deadline."""


class ProviderUnavailableError(ProviderError):
    """The provider refused the connection, dropped it, or is overloaded."""


class ProviderRejectedError(ProviderError):
    """The provider understood and said no (unknown voice, a text it will not take): trying again will not help."""

    retryable = False


class ProviderDeniedError(ProviderRejectedError):
    """The provider refused our key or account: nothing will help until a person mends that."""
