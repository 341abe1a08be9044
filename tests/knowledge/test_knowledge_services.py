"""Look-ups at the shop's own computer: what is declared, what is asked, and what counts as an answer."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from support.shop_folder import NOW, ShopFolder

from callagent.content.findings import Findings
from callagent.knowledge.http_service import MAX_ANSWER_BYTES
from callagent.knowledge.services import Service, read_services
from callagent.knowledge.shop import Answer, Shop, Source

Reply = Callable[[], Awaitable[web.StreamResponse]]
ASKED = {"order number": "4512", "caller number": "+919800000001", "language": "en"}
GIVES = ("status", "expected")


class Computer:
    """The shop's own computer, on this machine; a test says how it replies."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.reply: Reply = lambda: replied({"status": "packed", "expected": ""})
        self.address = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Note the question, and reply."""
        self.asked.append((request.method, request.path_qs, await request.json()))
        return await self.reply()


async def replied(found: object, status: int = 200) -> web.Response:
    """A reply in JSON."""
    return web.json_response(found, status=status)


@pytest.fixture
async def computer() -> AsyncIterator[Computer]:
    """A computer that answers."""
    computer = Computer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", computer.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    computer.address = f"http://127.0.0.1:{runner.addresses[0][1]}/orders"
    yield computer
    await runner.cleanup()


def declare(folder: ShopFolder, text: str) -> None:
    """Write the shop's services."""
    (folder.path / "services.yaml").write_text(text, encoding="utf-8")


def opened(folder: ShopFolder, address: str, timeout: str = "2 seconds", **more: Any) -> Shop:
    """A shop whose orders are at that address."""
    declare(
        folder,
        f"order:\n  url: {address}\n  needs: [order number, caller number]\n"
        f"  gives: [status, expected]\n  timeout: {timeout}\n",
    )
    return folder.open(http_on_loopback=True, **more)


async def asked(shop: Shop) -> Answer:
    """What the shop's computer says about an order."""
    answer = await shop.look_up("order", ASKED, GIVES, NOW)
    await shop.aclose()
    return answer


async def test_found(folder: ShopFolder, computer: Computer) -> None:
    """The question goes in the body, with what the service needs and nothing else; the answer is texts."""
    shop = opened(folder, computer.address)

    assert shop.sources["order"] == Source("order", ("order number", "caller number"), GIVES)
    assert await asked(shop) == Answer("found", {"status": "packed", "expected": ""})
    assert computer.asked == [("POST", "/orders", {"order number": "4512", "caller number": "+919800000001"})]


async def test_in_the_place_of_a_table(folder: ShopFolder, computer: Computer) -> None:
    """A service goes before a table of the same name."""
    folder.write("orders", "order_number,phone,status,expected\n4512,98000 00001,lost,\n")

    assert (await asked(opened(folder, computer.address))).values["status"] == "packed"


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (lambda: replied({}, 404), Answer("not found")),
        (lambda: replied({"several": ["one", "other"]}), Answer("several", candidates=("one", "other"))),
        (lambda: replied({"status": "packed", "expected": "", "more": "x"}), None),
        (lambda: replied({"status": "packed"}), Answer("down")),
        (lambda: replied({"status": "packed", "expected": 5}), Answer("down")),
        (lambda: replied({"status": "packed", "expected": None}), Answer("down")),
        (lambda: replied({"status": "packed", "expected": ["x"]}), Answer("down")),
        (lambda: replied({"several": []}), Answer("down")),
        (lambda: replied({"several": [1]}), Answer("down")),
        (lambda: replied(["packed"]), Answer("down")),
        (lambda: replied({"status": "packed", "expected": ""}, 201), Answer("down")),
        (lambda: replied({}, 500), Answer("down")),
        (lambda: replied({"status": "x" * MAX_ANSWER_BYTES, "expected": ""}), Answer("down")),
    ],
)
async def test_answers(folder: ShopFolder, computer: Computer, reply: Reply, answer: Answer | None) -> None:
    """Only what is agreed upon is an answer; what goes beyond is passed over."""
    computer.reply = reply

    assert await asked(opened(folder, computer.address)) == (
        answer or Answer("found", {"status": "packed", "expected": ""})
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff",
        b"[" * 20_000,
        b'{"status": "a", "status": "b", "expected": ""}',
        b'{"status": NaN, "expected": ""}',
    ],
)
async def test_bodies_that_are_no_json(folder: ShopFolder, computer: Computer, body: bytes) -> None:
    """What is not strictly JSON is no answer."""

    async def reply() -> web.Response:
        return web.Response(body=body, content_type="application/json")

    computer.reply = reply

    assert await asked(opened(folder, computer.address)) == Answer("down")


async def test_other_type(folder: ShopFolder, computer: Computer) -> None:
    """A page that looks like JSON is none."""

    async def reply() -> web.Response:
        return web.Response(text='{"status": "packed", "expected": ""}', content_type="text/html")

    computer.reply = reply

    assert await asked(opened(folder, computer.address)) == Answer("down")


async def test_redirects_are_not_followed(folder: ShopFolder, computer: Computer) -> None:
    """The host is the one in the file, whatever it says."""

    async def reply() -> web.Response:
        raise web.HTTPTemporaryRedirect(computer.address.replace("orders", "elsewhere"))

    computer.reply = reply

    assert await asked(opened(folder, computer.address)) == Answer("down")
    assert [path for _, path, _ in computer.asked] == ["/orders"]


async def test_too_slow(folder: ShopFolder, computer: Computer) -> None:
    """A caller does not wait for longer than the timeout."""
    never = asyncio.Event()

    async def reply() -> web.Response:
        await never.wait()
        return web.Response()

    computer.reply = reply

    assert await asked(opened(folder, computer.address, timeout="0.1 seconds")) == Answer("down")


async def test_nobody_there(folder: ShopFolder) -> None:
    """A computer that is switched off is down."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{held.getsockname()[1]}/"

        assert await asked(opened(folder, address)) == Answer("down")


async def test_through_a_guard(folder: ShopFolder, computer: Computer) -> None:
    """A guard decides about each attempt; what it refuses is down."""
    attempts = []

    async def once(attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        attempts.append(attempt)
        if len(attempts) > 1:
            raise RuntimeError
        return await attempt()

    shop = opened(folder, computer.address, through=once)

    assert (await shop.look_up("order", ASKED, GIVES)).status == "found"
    assert await asked(shop) == Answer("down")
    assert len(computer.asked) == 1


async def test_failures_hold_no_data(folder: ShopFolder, computer: Computer, caplog: pytest.LogCaptureFixture) -> None:
    """The log names the service and the kind of failure."""
    computer.reply = lambda: replied({"status": "of 9800000001"}, 500)
    await asked(opened(folder, computer.address))

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "look-up failed: source=order error=LookUpFailedError"
    ]


def test_declared(folder: ShopFolder) -> None:
    """A service is read as it is written, each value as text."""
    declare(folder, "stock:\n  url: https://erp.shop.example:8443/stock?v=1\n  needs: product\n  gives: [no, 9:30]\n")

    path = folder.path / "services.yaml"
    findings = Findings()

    assert read_services(path, findings.of(path)) == (
        Service("stock", "https://erp.shop.example:8443/stock?v=1", ("product",), ("no", "9:30"), 2.0),
    )
    assert not findings.problems


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("https", "http", 2, "'http://erp.shop.example/' is not https."),
        ("https://erp.shop.example/", "ftp://erp.shop.example/", 2, "'ftp://erp.shop.example/' is not https."),
        ("https://erp.shop.example/", "http://10.0.0.1/", 2, "'http://10.0.0.1/' is not https."),
        *(
            ("erp.shop.example", host, 2, f"'{host.strip('[]')}' is an address of this machine's surroundings")
            for host in ("169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "metadata.google.internal")
        ),
        ("https://erp.shop.example/", "/orders", 2, "'/orders' is no address."),
        ("https://erp.shop.example/", "https://{host}/", 2, "'https://{host}/' is no address."),
        ("https://erp.shop.example/", "https://a:99999/", 2, "'https://a:99999/' is no address."),
        ("erp.shop", "me:secret@erp.shop", 2, "'erp.shop.example' is called with a user or a fragment."),
        ("  url: https://erp.shop.example/\n", "", 1, "'order' has no 'url'."),
        ("gives: [status]", "gives: []", 1, "'order' gives nothing."),
        ("gives: [status]", "gives: [[status]]", 4, "A value of 'gives' must be one value, not a list or pairs."),
        ("needs", "neds", 3, "'neds' is not a word of the service 'order'."),
        (
            "needs: [order number]",
            "url: https://b.example/",
            3,
            "'url' stands here a second time; it is already in line 2.",
        ),
        ("2 seconds", "60 seconds", 5, "'60 seconds' is no timeout."),
        ("2 seconds", "0 seconds", 5, "'0 seconds' is no timeout."),
        ("2 seconds", "fast", 5, "'fast' is no timeout."),
        ("order:", "- order:", 1, "The file must hold 'word: value' pairs."),
        ("[order number]", "[order number", 3, "A bracket is never closed, or a comma is missing"),
    ],
)
def test_mistake(folder: ShopFolder, old: str, new: str, line: int, what: str) -> None:
    """A mistake is told with file and line, together with those of the tables."""
    text = (
        "order:\n  url: https://erp.shop.example/\n  needs: [order number]\n  gives: [status]\n  timeout: 2 seconds\n"
    )
    declare(folder, text.replace(old, new, 1))
    folder.change("catalogue", "1000.00", "")

    told = folder.problems(http_on_loopback=True)
    assert ("catalogue.csv", 2, "The price '' is no amount of rupees.") in told
    assert [at for file, at, whole in told if file == "services.yaml" and whole.startswith(what)] == [line]


@pytest.mark.parametrize(
    "content",
    [
        b"order: [",
        b"\xff\xfe",
        b"- a\n",
        b"x" * 70_000,
        b"a: &a [*a]\n",
        b"? [a]\n: b\n",
        b"[" * 20_000,
        b'a: "\\U99999999"',
        b"a: &a {url: x}\n" + b"".join(b"b%d: *a\n" % number for number in range(40)),
        b"{a: " * 40,
    ],
)
def test_file_that_is_none(folder: ShopFolder, content: bytes) -> None:
    """Whatever stands in the file, it is told and does not raise anything else."""
    (folder.path / "services.yaml").write_bytes(content)

    assert {file for file, _, _ in folder.problems()} == {"services.yaml"}


def test_link_out_of_the_folder(folder: ShopFolder, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody makes the shop read another folder's file, a pipe that is never written to, or a device without end."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "services.yaml"
    elsewhere.write_text("order:\n  url: https://erp.shop.example/\n  gives: [status]\n", encoding="utf-8")
    services = folder.path / "services.yaml"

    for target in (elsewhere, Path("/dev/zero"), folder.path / "nothing" / ".." / ".." / "elsewhere"):
        services.symlink_to(target)
        assert folder.problems() == [("services.yaml", 0, "This is a link that leads out of its folder.")]
        services.unlink()
    os.mkfifo(services)
    assert folder.problems() == [("services.yaml", 0, "This is a device or a pipe.")]


def test_link_to_a_neighbour(folder: ShopFolder) -> None:
    """Some systems bring all files at once by links to a folder beside them."""
    (folder.path / "..data").mkdir()
    (folder.path / "catalogue.csv").rename(folder.path / "..data" / "catalogue.csv")
    (folder.path / "catalogue.csv").symlink_to(Path("..data") / "catalogue.csv")

    assert folder.open().items()


def test_mistake_in_a_service_is_never_tolerated(folder: ShopFolder) -> None:
    """Tolerating bad rows leaves out rows, and no service."""
    declare(folder, "order:\n  url: http://erp.shop.example/\n  gives: [status]\n")

    assert folder.problems(tolerate_bad_rows=True)
