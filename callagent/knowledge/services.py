"""Which look-ups the shop's own computer answers: ``services.yaml`` beside the flow.

::

    order:
      url: https://erp.your-shop.example/orders
      needs: [order number, caller number]
      gives: [status, expected]
      timeout: 2 seconds
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from callagent.content.findings import FileFindings
from callagent.content.text import read_text

SERVICES_FILE = "services.yaml"
MAX_BYTES = 64 * 1024
_TIMEOUT = re.compile(r"(\d{1,2}(?:\.\d)?) seconds?")
_LONGEST_S = 10.0
_SETTINGS = ("url", "needs", "gives", "timeout")


@dataclass(frozen=True, slots=True)
class Service:
    """A look-up over HTTP."""

    name: str
    url: str
    needs: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    timeout_s: float = 2.0
    """For the whole answer: a caller waits in silence."""


def read_services(path: Path, findings: FileFindings, *, http_on_loopback: bool = False) -> tuple[Service, ...]:
    """The services of a file; all that is wrong with it goes to `findings`; none when there is no file.

    Only https addresses are taken; `http_on_loopback` lets tests use http on this machine.
    """
    text = read_text(path, findings, MAX_BYTES) if path.exists() else None
    if text is None:
        return ()
    try:
        root = YAML(typ="rt").compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        findings.add(line, f"This is no YAML: {error.problem}.", "Look at the indentation and the quotes.")
    except (YAMLError, ValueError, OverflowError, RecursionError):  # the last three of what is meant to do harm
        findings.add(0, "This is no YAML.", "Save it as plain text.")
    else:
        return tuple(_Reader(findings, http_on_loopback=http_on_loopback).services(root))
    return ()


class _Reader:
    """Reads the tree of one file."""

    def __init__(self, findings: FileFindings, *, http_on_loopback: bool) -> None:
        self._findings = findings
        self._mistakes = 0
        self._http_on_loopback = http_on_loopback

    def add(self, line: int, what: str, remedy: str) -> None:
        self._mistakes += 1
        self._findings.add(line, what, remedy)

    def services(self, root: Node | None) -> Iterator[Service]:
        for name, node, line in self._entries(root, "services"):
            before = self._mistakes
            service = Service(name, "")
            for setting, value, at in self._entries(node, f"'{name}'"):
                service = self._set(service, setting, value, at)
            if not service.url:
                self.add(line, f"'{name}' has no 'url'.", "Write 'url: https://...'.")
            if not service.gives:
                self.add(line, f"'{name}' gives nothing.", "Write 'gives: [...]' with the names of its facts.")
            if self._mistakes == before:
                yield service

    def _set(self, service: Service, setting: str, value: Node, line: int) -> Service:
        if setting == "url":
            return replace(service, url=self._url(self._text(value, setting), line))
        if setting == "timeout":
            return replace(service, timeout_s=self._seconds(self._text(value, setting), line))
        if setting == "needs":
            return replace(service, needs=self._texts(value, setting))
        if setting == "gives":
            return replace(service, gives=self._texts(value, setting))
        self.add(line, f"'{setting}' is not a setting of a service.", f"Known: {', '.join(_SETTINGS)}.")
        return service

    def _url(self, text: str, line: int) -> str:
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            host = ""
        if not host or not text.isascii() or any(char in " {}\\" for char in text):
            self.add(
                line, f"'{text}' is no address.", "Write it in full, such as https://erp.your-shop.example/orders."
            )
        elif _is_link_local(host):
            self.add(
                line,
                f"'{host}' is an address of this machine's surroundings, such as its cloud's.",
                "Name the shop's own computer.",
            )
        elif parts.username is not None or parts.fragment:
            self.add(line, f"'{host}' is called with a user or a fragment.", "Write only host, path and query.")
        elif parts.scheme == "https" or (parts.scheme == "http" and self._http_on_loopback and _is_loopback(host)):
            return text
        else:
            self.add(line, f"'{text}' is not https.", "Customers' data goes over https only.")
        return ""

    def _seconds(self, text: str, line: int) -> float:
        match = _TIMEOUT.fullmatch(text)
        seconds = float(match[1]) if match else 0.0
        if not 0 < seconds <= _LONGEST_S:
            self.add(line, f"'{text}' is no timeout.", f"Write '2 seconds', and at most {_LONGEST_S:g}.")
        return seconds

    def _texts(self, node: Node, setting: str) -> tuple[str, ...]:
        items = node.value if isinstance(node, SequenceNode) else [node]
        return tuple(text for item in items if (text := self._text(item, setting)))

    def _text(self, node: Node, setting: str) -> str:
        if isinstance(node, ScalarNode):
            return str(node.value).strip()
        self.add(_line(node), f"'{setting}' must be a text.", "Write it behind the colon.")
        return ""

    def _entries(self, node: Node | None, what: str) -> Iterator[tuple[str, Node, int]]:
        if not isinstance(node, MappingNode):
            self.add(_line(node), f"{what} must be names with settings.", "Write 'name:' and its settings below.")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = self._text(key, what)
            if name in seen:
                self.add(_line(key), f"'{name}' is there twice.", "Take one out.")
            elif name:
                seen.add(name)
                yield name, value, _line(key)


def _line(node: Node | None) -> int:
    return 0 if node is None else int(node.start_mark.line) + 1


def _is_link_local(host: str) -> bool:
    """Whether the host is one of those at which a cloud tells its machines their passwords."""
    try:
        address = ip_address(host)
    except ValueError:
        return host in ("metadata", "metadata.google.internal")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_link_local


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
