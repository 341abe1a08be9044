"""The life of a registration as one table.

::

    idle ─► registering ─► registered ─► refreshing ─► registered …
                 └─► waiting ─► registering        (also when a refresh fails; the pauses grow)
    stop(): ─► unregistering ─► stopped            (first waits for an answer that is on its way: stopping)
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class RegistrationState(StrEnum):
    """Where a registration is."""

    IDLE = "idle"
    REGISTERING = "registering"
    REGISTERED = "registered"
    REFRESHING = "refreshing"
    WAITING = "waiting"
    STOPPING = "stopping"
    UNREGISTERING = "unregistering"
    STOPPED = "stopped"


class RegistrationStep(StrEnum):
    """What moves it."""

    START = "start"
    DUE = "due"
    ACCEPTED = "accepted"
    FAILED = "failed"
    STOP = "stop"
    DROP = "drop"
    """To stop where there is nothing to give back."""


_S = RegistrationState
_Step = RegistrationStep
TRANSITIONS: Final[Mapping[RegistrationState, Mapping[RegistrationStep, RegistrationState]]] = {
    _S.IDLE: {_Step.START: _S.REGISTERING, _Step.STOP: _S.STOPPED},
    _S.REGISTERING: {
        _Step.ACCEPTED: _S.REGISTERED,
        _Step.FAILED: _S.WAITING,
        _Step.STOP: _S.STOPPING,
    },
    _S.REGISTERED: {_Step.DUE: _S.REFRESHING, _Step.STOP: _S.UNREGISTERING},
    _S.REFRESHING: {
        _Step.ACCEPTED: _S.REGISTERED,
        _Step.FAILED: _S.WAITING,
        _Step.STOP: _S.STOPPING,
    },
    _S.WAITING: {
        _Step.DUE: _S.REGISTERING,
        _Step.STOP: _S.UNREGISTERING,
        _Step.DROP: _S.STOPPED,
    },
    _S.STOPPING: {_Step.ACCEPTED: _S.UNREGISTERING, _Step.FAILED: _S.UNREGISTERING},
    _S.UNREGISTERING: {_Step.ACCEPTED: _S.STOPPED, _Step.FAILED: _S.STOPPED},
    _S.STOPPED: {},
}
