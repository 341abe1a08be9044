"""Summaries on their way to the shop's own address, over real HTTP to a server that fails to order."""

import asyncio
import errno
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.at_work import kept_at_work
from support.summary_server import Shop, summary_server

from callagent.recording.at_rest.files import PLAIN, key_id
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import WholeFiles
from callagent.recording.delivery import Delivery, Patience, _settle, _write

DELIVERING = "delivery"
QUICK = Patience(first_wait_s=0.002, pause_s=0.01, answer_s=0.5, round_s=2.0, goodbye_s=2.0)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """On loopback."""
    async with summary_server() as shop:
        yield shop


def delivery(
    url: str, folder: Path, patience: Patience = QUICK, keys: KeyRing = PLAIN, *, dies: int = 0
) -> AbstractAsyncContextManager[Delivery]:
    """At work."""
    return kept_at_work(Delivery(url, folder, WholeFiles(keys), patience), DELIVERING, dies=dies)


def left(folder: Path) -> list[str]:
    """What waits."""
    return sorted(file.name for file in folder.iterdir())


async def test_an_address_that_fails_twice_gets_it_at_the_third_try(shop: Shop, tmp_path: Path) -> None:
    """The same body and the same key each time; nothing is left over."""
    shop.statuses.extend([503, 500])
    async with delivery(shop.url, tmp_path) as at_work:
        at_work.take("call-1", {"disposition": "goodbye"})
        await at_work.delivered()

    assert shop.got == [("call-1", {"disposition": "goodbye"})] * 3
    assert left(tmp_path) == []


async def test_a_connection_that_is_cut_is_tried_again(shop: Shop, tmp_path: Path) -> None:
    """The key tells the shop that it is the same one."""
    shop.statuses.append(0)
    async with delivery(shop.url, tmp_path) as at_work:
        at_work.take("call-1", {})
        await at_work.delivered()

    assert shop.got == [("call-1", {})] * 2


async def test_after_a_longer_outage_all_come_in_order(shop: Shop, tmp_path: Path) -> None:
    """Round after round fails, and a call that ends meanwhile waits behind the others."""
    shop.statuses.extend([503] * 7)
    async with delivery(shop.url, tmp_path) as at_work:
        at_work.take("call-1", {"number": 1})
        await shop.reached.wait()
        at_work.take("call-2", {"number": 2})
        await at_work.delivered()

    assert [key for key, _ in shop.got] == ["call-1"] * 8 + ["call-2"]
    assert left(tmp_path) == []


async def test_two_workers_deliver_each_summary_once(shop: Shop, tmp_path: Path) -> None:
    """Whichever of them had the call: they share the folder."""
    async with delivery(shop.url, tmp_path) as one, delivery(shop.url, tmp_path) as other:
        for number in range(4):
            (one, other)[number % 2].take(f"call-{number}", {})
        await one.delivered()
        await other.delivered()

    assert sorted(key for key, _ in shop.got) == [f"call-{number}" for number in range(4)]
    assert left(tmp_path) == []


@pytest.mark.parametrize("status", [429, 500, 507, 520, 529])
async def test_what_may_pass_is_tried_again(shop: Shop, tmp_path: Path, status: int) -> None:
    """Also what only those say who stand in front of an address that is down."""
    shop.statuses.append(status)
    async with delivery(shop.url, tmp_path) as at_work:
        at_work.take("call-1", {})
        await at_work.delivered()

    assert [key for key, _ in shop.got] == ["call-1"] * 2
    assert left(tmp_path) == []


@pytest.mark.parametrize("status", [429, 503])
async def test_an_address_that_names_a_time_is_left_alone_until_then(shop: Shop, tmp_path: Path, status: int) -> None:
    """Neither further attempts nor another call's summary come sooner."""
    shop.statuses.append(status)
    shop.retry_after = "1"
    async with delivery(shop.url, tmp_path) as at_work:
        at_work.take("call-1", {})
        await shop.reached.wait()
        at_work.take("call-2", {})
        await at_work.delivered()

    assert [key for key, _ in shop.got] == ["call-1", "call-1", "call-2"]
    assert shop.at_s[1] - shop.at_s[0] >= 1.0


async def test_the_time_that_an_address_may_ask_for_has_a_limit(shop: Shop, tmp_path: Path) -> None:
    """Years would be the same as never."""
    shop.statuses.append(429)
    shop.retry_after = "99999999"
    async with delivery(shop.url, tmp_path, replace(QUICK, longest_pause_s=0.01)) as at_work:
        at_work.take("call-1", {})
        await at_work.delivered()

    assert [key for key, _ in shop.got] == ["call-1"] * 2


async def test_the_worker_that_dies_is_begun_anew(shop: Shop, tmp_path: Path) -> None:
    """As a fault in it would end it; what it had not delivered it does then."""
    shop.statuses.append(503)
    async with delivery(shop.url, tmp_path, replace(QUICK, attempts=1, pause_s=60.0), dies=1) as at_work:
        at_work.take("call-1", {})
        await shop.reached.wait()
        [worker] = [task for task in asyncio.all_tasks() if task.get_name() == DELIVERING]
        worker.cancel()
        await at_work.delivered()

    assert [key for key, _ in shop.got] == ["call-1"] * 2
    assert left(tmp_path) == []


async def test_one_that_always_fails_holds_up_no_other(shop: Shop, tmp_path: Path) -> None:
    """The address works, but breaks at one summary: the others go past it."""
    shop.breaks_at = "call-1"
    async with delivery(shop.url, tmp_path) as at_work:
        for number in (1, 2, 3):
            at_work.take(f"call-{number}", {})
        await shop.took["call-3"].wait()

    assert left(tmp_path) == ["call-1.json"]


async def test_a_folder_that_fails_does_not_end_the_delivery(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was delivered and could not be put away comes again, and so does what comes later."""
    faults = ["read-only"]

    def settle(file: Path, status: int) -> None:
        if faults:
            raise OSError(faults.pop())
        _settle(file, status)

    monkeypatch.setattr("callagent.recording.delivery._settle", settle)
    async with delivery(shop.url, tmp_path) as at_work:
        at_work.take("call-1", {})
        await at_work.delivered()

    assert [key for key, _ in shop.got] == ["call-1"] * 2
    assert left(tmp_path) == []


async def test_a_summary_that_a_full_disk_does_not_take_comes_once_there_is_room(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told once, and tried again."""
    faults = [errno.ENOSPC] * 3
    write = _write

    def full(files: WholeFiles, folder: Path, name: str, body: bytes) -> None:
        if faults:
            raise OSError(faults.pop(), "No space left on device")
        write(files, folder, name, body)

    monkeypatch.setattr("callagent.recording.delivery._write", full)
    with capture_logs() as logs:
        async with delivery(shop.url, tmp_path) as at_work:
            at_work.take("call-1", {"disposition": "goodbye"})
            async with asyncio.timeout(5):
                await at_work.delivered()

    assert shop.got == [("call-1", {"disposition": "goodbye"})]
    assert [line["event"] for line in logs] == ["a summary cannot be kept for delivery"]


async def test_what_one_process_could_not_deliver_the_next_one_does(shop: Shop, tmp_path: Path) -> None:
    """The process ends without waiting for an address that is down."""
    impatient = Patience(attempts=1, pause_s=60.0, goodbye_s=0.01)
    shop.statuses += [503] * 10  # one that is on the disk before that is told is tried twice
    async with delivery(shop.url, tmp_path, impatient) as at_work:
        at_work.take("call-1", {"disposition": "goodbye"})
        await shop.reached.wait()
    waiting, tried = left(tmp_path), len(shop.got)
    shop.statuses.clear()
    async with delivery(shop.url, tmp_path) as at_work:
        await at_work.delivered()

    assert waiting == ["call-1.json"]
    assert shop.got == [("call-1", {"disposition": "goodbye"})] * (tried + 1)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410, 501])
async def test_a_refusal_is_not_tried_again(shop: Shop, tmp_path: Path, status: int) -> None:
    """It holds up no other, and is kept for a person to look at."""
    shop.statuses.append(status)
    async with delivery(shop.url, tmp_path) as at_work:
        at_work.take("call-1", {"number": 1})
        await at_work.delivered()
        at_work.take("call-2", {"number": 2})
        await at_work.delivered()

    assert [key for key, _ in shop.got] == ["call-1", "call-2"]
    assert left(tmp_path) == ["call-1.refused"]
    assert json.loads((tmp_path / "call-1.refused").read_text()) == {"number": 1}


async def test_what_waits_is_encrypted_and_comes_as_it_was(shop: Shop, tmp_path: Path) -> None:
    """With keys; what was written before there were any, or with an older one, comes as well."""
    old, both = KeyRing({"k1": b"1" * 32}), KeyRing({"k2": b"2" * 32, "k1": b"1" * 32})
    for number, keys in enumerate((PLAIN, old, both)):
        _write(WholeFiles(keys), tmp_path, f"call-{number}", b'{"number": %d}' % number)
    waiting = [tmp_path / name for name in left(tmp_path)]
    assert [key_id(file) for file in waiting] == ["", "k1", "k2"]
    assert waiting[0].read_bytes() == b'{"number": 0}'
    async with delivery(shop.url, tmp_path, keys=both) as at_work:
        await at_work.delivered()

    assert shop.got == [(f"call-{number}", {"number": number}) for number in range(3)]
    assert left(tmp_path) == []


async def test_what_cannot_be_read_stays_and_is_told_once(shop: Shop, tmp_path: Path) -> None:
    """Without its key, or because it was changed; the others go past it, and nothing of it is in the log."""
    keys = KeyRing({"k2": b"2" * 32})
    WholeFiles(KeyRing({"k1": b"1" * 32})).write(tmp_path / "call-1.json", b'{"said": "Lajwanti"}')
    WholeFiles(keys).write(tmp_path / "call-2.json", b'{"said": "Lajwanti"}')
    changed = bytearray((tmp_path / "call-2.json").read_bytes())
    changed[-1] ^= 1
    (tmp_path / "call-2.json").write_bytes(changed)
    with capture_logs() as logs:
        async with delivery(shop.url, tmp_path, keys=keys) as at_work:
            for number in (3, 4):
                at_work.take(f"call-{number}", {})
                await at_work.delivered()

    assert [key for key, _ in shop.got] == ["call-3", "call-4"]
    assert left(tmp_path) == ["call-1.json", "call-2.json"]
    assert [line["event"] for line in logs] == ["a summary cannot be read; it waits until it can"] * 2
    assert "with the key 'k1'" in logs[0]["error"]
    assert "call-2.json, chunk 0" in logs[1]["error"]
    assert "Lajwanti" not in str(logs)
