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
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from callagent.content.document import Table, Text, read_document
from callagent.content.fields import Fields, as_table
from callagent.content.findings import FileFindings

SERVICES_FILE = "services.yaml"
_TIMEOUT = re.compile(r"(\d{1,2}(?:\.\d)?) seconds?")
_USUAL_S, _LONGEST_S = 2.0, 10.0
_SETTINGS = ("url", "needs", "gives", "timeout")


@dataclass(frozen=True, slots=True)
class Service:
    """A look-up over HTTP."""

    name: str
    url: str
    needs: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    timeout_s: float = _USUAL_S
    """For the whole answer: a caller waits in silence."""


def read_services(path: Path, findings: FileFindings, *, http_on_loopback: bool = False) -> tuple[Service, ...]:
    """The services of a file; all that is wrong with it goes to `findings`; none when there is no file.

    Only https addresses are taken; `http_on_loopback` lets tests use http on this machine.
    """
    if not path.exists() and not path.is_symlink():
        return ()
    document = read_document(path, findings)
    return () if document is None else tuple(_services(document, findings, http_on_loopback=http_on_loopback))


def _services(document: Table, findings: FileFindings, *, http_on_loopback: bool) -> Iterator[Service]:
    for name, node in document.entries:
        table = as_table(node, f"'{name.value}'", findings)
        if table is None:
            continue
        fields = Fields(table, _SETTINGS, findings, f"the service '{name.value}'")
        url, needs, gives, timeout = (
            fields.text("url"),
            fields.texts("needs"),
            fields.texts("gives"),
            fields.text("timeout"),
        )
        mistake = None if url is None else _mistake_in(url.value, http_on_loopback=http_on_loopback)
        if url is None:
            findings.add(name.line, f"'{name.value}' has no 'url'.", "Write 'url: https://...'.")
        elif mistake is not None:
            findings.add(url.line, *mistake)
        if not gives:
            findings.add(
                name.line, f"'{name.value}' gives nothing.", "Write 'gives: [...]' with the names of its facts."
            )
        if url is not None and mistake is None and gives:
            yield Service(name.value, url.value, _values(needs), _values(gives), _seconds(timeout, findings))


def _values(texts: tuple[Text, ...]) -> tuple[str, ...]:
    return tuple(text.value for text in texts)


def _seconds(text: Text | None, findings: FileFindings) -> float:
    if text is None:
        return _USUAL_S
    match = _TIMEOUT.fullmatch(text.value)
    seconds = float(match[1]) if match else 0.0
    if not 0 < seconds <= _LONGEST_S:
        findings.add(text.line, f"'{text.value}' is no timeout.", f"Write '2 seconds', and at most {_LONGEST_S:g}.")
    return seconds


def _mistake_in(url: str, *, http_on_loopback: bool) -> tuple[str, str] | None:
    """What is wrong with an address and what would be right; None when nothing is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not url.isascii() or any(char in " {}\\" for char in url):
        return f"'{url}' is no address.", "Write it in full, such as https://erp.your-shop.example/orders."
    if _is_link_local(host):
        what = f"'{host}' is an address of this machine's surroundings, such as its cloud's."
        return what, "Name the shop's own computer."
    if parts.username is not None or parts.fragment:
        return f"'{host}' is called with a user or a fragment.", "Write only host, path and query."
    if parts.scheme == "https" or (parts.scheme == "http" and http_on_loopback and _is_loopback(host)):
        return None
    return f"'{url}' is not https.", "Customers' data goes over https only."


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
