"""How calls end."""

from enum import StrEnum


class CallEnd(StrEnum):
    """How a call ended, as the carrier saw it."""

    CALLER_HUNG_UP = "caller hung up"
    API_HUNG_UP = "ended through the API"
    SERVER_HUNG_UP = "server hung up"
    SERVER_CLOSED = "server closed the stream"
    SERVER_STALLED = "server stopped reading"
    SERVER_DEAF = "server did not answer the hang-up"
    NOT_ANSWERED = "not answered"
    VANISHED = "the carrier vanished"


BAD: frozenset[CallEnd] = frozenset({CallEnd.SERVER_CLOSED, CallEnd.SERVER_STALLED, CallEnd.SERVER_DEAF})
"""Those that are a failure of the server's."""
BY_SERVER: frozenset[CallEnd] = frozenset({CallEnd.API_HUNG_UP, CallEnd.SERVER_HUNG_UP})
"""Those that the server brought about in good order."""
