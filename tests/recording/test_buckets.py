"""Recordings in a bucket: there and back and deleted, over S3's own protocol to a server on loopback."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from support.bucket_server import BucketServer, free_port

from callagent.errors import BucketError, ConfigurationError
from callagent.recording import buckets
from callagent.recording.buckets import PART, Bucket, Stored, Waits

ONCE = Waits(attempts=1, connect_s=2.0, answer_s=2.0)


@pytest.fixture
def bucket(server: BucketServer) -> Bucket:
    """An empty one."""
    return Bucket(server.new_bucket(), "shop/", server.url, ONCE)


def file(folder: Path, name: str, content: bytes) -> Path:
    """With that in it."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def long(size: int) -> bytes:
    """The same each time."""
    return np.random.default_rng(size).bytes(size)


def test_a_file_is_there_as_it_was_sent(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """Under the call's name below the prefix."""
    stored = bucket.put(file(tmp_path, "events.jsonl", b"words"), "call-1")
    empty = bucket.put(file(tmp_path, "empty", b""), "call-1")

    assert stored == Stored(5, hashlib.md5(b"words").hexdigest())  # noqa: S324  # S3's own choice
    assert bucket.stored("call-1") == {"events.jsonl": stored, "empty": empty}
    assert server.content(bucket.url.split("/")[2], "shop/call-1/events.jsonl") == b"words"
    assert bucket.stored("call") == {}


@pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 2 * PART + 5])
def test_a_long_file_is_sent_in_parts(size: int, bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """And its tag, of all parts, is the one that is expected: it is not read back."""
    content = long(size)
    stored = bucket.put(file(tmp_path, "call.wav", content), "call-1")
    parts = [one for one in server.requests if one.startswith("PUT") and "partNumber" in one]

    assert len(parts) == (0 if size < PART else -(-size // PART))
    assert stored.size == size
    assert not any(one.startswith("GET") for one in server.requests)
    assert server.content(bucket.url.split("/")[2], "shop/call-1/call.wav") == content


def test_a_busy_server_is_asked_again(server: BucketServer, tmp_path: Path) -> None:
    """By the library, as often as it may."""
    bucket = Bucket(server.new_bucket(), "", server.url, Waits(attempts=2))
    server.fault = lambda method, _path: method == "PUT" and server.refused % 2 == 0
    server.refused = 0
    bucket.put(file(tmp_path, "summary.json", b"{}"), "call-1")

    assert (server.refused, list(bucket.stored("call-1"))) == (1, ["summary.json"])


def test_what_arrives_otherwise_is_told(
    bucket: Bucket, server: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its length differs, or only what is in it."""
    name = bucket.url.split("/")[2]
    there = file(tmp_path, "events.jsonl", b"words")
    for other in (b"wordy", b"word"):

        def tampered(*_: object, body: bytes = other, **__: object) -> None:
            server.client.put_object(Bucket=name, Key="shop/call-1/events.jsonl", Body=body)

        with monkeypatch.context() as patch:
            patch.setattr(bucket._client, "upload_file", tampered)
            with pytest.raises(BucketError, match="not there as it was sent"):
                bucket.put(there, "call-1")


def test_a_tag_that_tells_nothing_has_the_file_read_back(
    bucket: Bucket, server: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the bucket encrypts with a key of the customer's."""
    digest = buckets._digest
    monkeypatch.setattr(
        buckets, "_digest", lambda file: buckets._Digest(digest(file).size, "another", digest(file).sha256)
    )
    bucket.put(file(tmp_path, "events.jsonl", b"words"), "call-1")

    assert [one for one in server.requests if one.startswith("GET")]


def test_a_call_comes_back(bucket: Bucket, tmp_path: Path) -> None:
    """Byte for byte, for its owner only; what is here already stays."""
    content = {"call.wav": long(PART + 100), "events.jsonl": b"words", "summary.json": b"{}"}
    for name, body in content.items():
        bucket.put(file(tmp_path / "sent", name, body), "call-1")
    file(tmp_path / "got", "summary.json", b"own")

    assert bucket.fetch("call-1", tmp_path / "got") == ["call.wav", "events.jsonl"]
    assert {one.name: one.read_bytes() for one in (tmp_path / "got").iterdir()} == content | {"summary.json": b"own"}
    assert (tmp_path / "got" / "call.wav").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BucketError, match="there is no call call-2"):
        bucket.fetch("call-2", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_what_was_changed_in_the_bucket_does_not_come_back(
    bucket: Bucket, server: BucketServer, tmp_path: Path
) -> None:
    """Nor what callagent never sent."""
    bucket.put(file(tmp_path / "sent", "events.jsonl", b"words"), "call-1")
    name, client = bucket.url.split("/")[2], server.client
    client.put_object(Bucket=name, Key="shop/call-1/events.jsonl", Body=b"other words")

    with pytest.raises(BucketError, match="not what callagent once sent"):
        bucket.fetch("call-1", tmp_path / "got")
    assert list((tmp_path / "got").iterdir()) == []


def test_no_name_leads_out_of_the_folder(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """Neither one that somebody asks for, nor one in the bucket."""
    for name in ("../call", "..", ".", "", "a/b", "a\\b", ".hidden", "a\0b"):
        with pytest.raises(BucketError, match="is no name"):
            bucket.fetch(name, tmp_path / "got")
        with pytest.raises(BucketError, match="is no name"):
            bucket.delete(name)
    bucket.put(file(tmp_path / "sent", "events.jsonl", b"words"), "call-1")
    for key in ("shop/call-1/../../evil", "shop/call-1/.uploaded", "shop/call-1/sub/evil", "shop/call-1/"):
        server.client.put_object(Bucket=bucket.url.split("/")[2], Key=key, Body=b"evil")

    assert bucket.fetch("call-1", tmp_path / "got") == ["events.jsonl"]
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["events.jsonl", "events.jsonl", "got", "sent"]


@pytest.mark.parametrize("versions", [False, True])
def test_a_call_is_deleted_with_all_its_versions(versions: bool, server: BucketServer, tmp_path: Path) -> None:
    """Marks of earlier deletions and broken off uploads as well, and no other call's; again, nothing is left to do."""
    name = server.new_bucket(versions=versions)
    bucket, client = Bucket(name, "shop/", server.url, ONCE), server.client
    for content in (b"one", b"two"):
        bucket.put(file(tmp_path, "events.jsonl", content), "call-1")
        bucket.put(file(tmp_path, "call.wav", content), "call-1")
        bucket.put(file(tmp_path, "events.jsonl", content), "call-10")
    client.delete_object(Bucket=name, Key="shop/call-1/call.wav")
    client.create_multipart_upload(Bucket=name, Key="shop/call-1/message.wav")

    assert bucket.delete("call-1") == (5 if versions else 1)
    assert server.keys(name) == ["shop/call-10/events.jsonl"]
    assert server.all_versions(name) == (2 if versions else 1)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=name)
    assert bucket.delete("call-1") == 0


def test_one_file_is_deleted(server: BucketServer, tmp_path: Path) -> None:
    """Or only what it was before."""
    name = server.new_bucket(versions=True)
    bucket = Bucket(name, "", server.url, ONCE)
    for content in (b"one", b"two", b"three"):
        bucket.put(file(tmp_path, "call.wav", content), "call-1")
        bucket.put(file(tmp_path, "call.wave", content), "call-1")

    assert bucket.delete_older("call-1", "call.wav") == 2
    assert server.content(name, "call-1/call.wav") == b"three"
    assert bucket.delete("call-1", "call.wav") == 1
    assert server.keys(name) == ["call-1/call.wave"]


def test_what_is_not_deleted_is_told(bucket: Bucket, server: BucketServer, tmp_path: Path) -> None:
    """Where the bucket refuses, and where it says yes and keeps it, as one that locks its objects."""
    bucket.put(file(tmp_path, "events.jsonl", b"words"), "call-1")
    server.fault = lambda method, _path: method == "DELETE"
    with pytest.raises(BucketError, match="to delete call-1, it failed"):
        bucket.delete("call-1")
    server.fault = lambda _method, _path: False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket, "_delete", lambda *_: None)
        with pytest.raises(BucketError, match="1 objects of call-1 are still there"):
            bucket.delete("call-1")


def test_what_a_killed_process_had_begun_to_fetch_is_taken_away(bucket: Bucket, tmp_path: Path) -> None:
    """By the next that fetches."""
    bucket.put(file(tmp_path / "sent", "events.jsonl", b"words"), "call-1")
    (tmp_path / "got" / ".fetching-left").mkdir(parents=True)
    file(tmp_path / "got" / ".fetching-left", "events.jsonl", b"wor")
    bucket.fetch("call-1", tmp_path / "got")

    assert [one.name for one in (tmp_path / "got").iterdir()] == ["events.jsonl"]


def test_a_server_without_versions_will_do(
    bucket: Bucket, server: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it does not know what they are."""
    bucket.put(file(tmp_path, "events.jsonl", b"words"), "call-1")
    monkeypatch.setattr(buckets, "UNKNOWN_TO_SOME", {"SlowDown"})
    server.fault = lambda _method, path: "versions" in path or "uploads" in path

    assert bucket.delete_older("call-1", "events.jsonl") == 0
    assert bucket.delete("call-1") == 1
    assert bucket.stored("call-1") == {}


def test_errors_name_the_place_and_the_remedy(server: BucketServer, tmp_path: Path) -> None:
    """A bucket that is not there, one that refuses, and a server that does not answer."""
    there = file(tmp_path, "events.jsonl", b"words")
    with pytest.raises(BucketError, match=r"s3://nowhere/.*NoSuchBucket.*Look at CALLAGENT_RECORDINGS_BUCKET"):
        Bucket("nowhere", "", server.url, ONCE).put(there, "call-1")
    server.fault = lambda _method, _path: True
    with pytest.raises(BucketError, match=r"call-1/events.jsonl, it failed \(SlowDown\). It may pass"):
        Bucket("some-bucket", "", server.url, ONCE).put(there, "call-1")
    with pytest.raises(BucketError, match=r"EndpointConnectionError.*Nobody answers there"):
        Bucket("nowhere", "", f"http://127.0.0.1:{free_port()}", ONCE).put(there, "call-1")


def test_credentials_that_are_missing_are_told(
    server: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how to give them."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(BucketError, match=r"NoCredentialsError.*Set AWS_ACCESS_KEY_ID"):
        Bucket("some-bucket", "", server.url, ONCE).stored("call-1")


def test_a_server_is_found_by_the_environment(
    server: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the library's users know it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    bucket = Bucket(server.new_bucket(), "", "", ONCE)
    bucket.put(file(tmp_path, "events.jsonl", b"words"), "call-1")

    assert list(bucket.stored("call-1")) == ["events.jsonl"]


def test_the_package_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, and not after the first call."""
    monkeypatch.setattr(buckets, "find_spec", lambda _name: None)

    with pytest.raises(ConfigurationError, match=r"pip install 'callagent\[s3\]'"):
        Bucket("some-bucket")
