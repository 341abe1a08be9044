"""What can be set about recordings that are encrypted, and that are kept in a bucket."""

from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import pytest

from callagent.errors import ConfigurationError
from callagent.settings.loading import load_settings
from callagent.settings.recording_keys import read_keys
from callagent.settings.recordings_bucket import BucketPlace, read_bucket

ONE, TWO = b"\xff" * 32, b"2" * 32
KEY, OTHER = b64encode(ONE).decode(), b64encode(TWO).decode()


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_keys_are_read_in_order() -> None:
    """In both alphabets of base64, with or without what fills it up."""
    assert list(read_keys(f"k2:{OTHER}, k1:{KEY}").items()) == [("k2", TWO), ("k1", ONE)]
    assert read_keys(f"2026-11:{urlsafe_b64encode(ONE).decode().rstrip('=')}") == {"2026-11": ONE}
    assert read_keys(" ") == {}


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (KEY, "has no id in its key number 1"),
        (f"k2:{OTHER},{KEY}", "has no id in its key number 2"),
        (f"k2:{OTHER},", "has no id in its key number 2"),
        (f"{'k' * 17}:{KEY}", "has no id in its key number 1"),
        (f"k1:{KEY},k1:{OTHER}", "has two keys 'k1'"),
        (f"k2:{KEY},k1:{KEY}", "has the same key under two ids"),
        (f"k1:{KEY[:-4]}", "has a key 'k1' of 30 bytes, and it takes 32"),
        (f"k1:{b64encode(ONE * 2).decode()}", "has a key 'k1' of 64 bytes"),
        ("k1:", "has a key 'k1' of 0 bytes"),
        (f"k1:{KEY[:-3]}!!!", "has a key 'k1' that is no base64"),
    ],
)
def test_keys_that_are_wrong_are_told(keys: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is wrong and what would be right, and no part of a key."""
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", keys)

    with pytest.raises(ConfigurationError, match="CALLAGENT_RECORDING_KEYS in the environment: its value ") as raised:
        load_settings()
    assert told in str(raised.value)
    assert not any(part in str(raised.value) for part in (KEY[:8], OTHER[:8]))


def test_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where settings are printed."""
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", f"k1:{KEY}")

    assert KEY not in repr(load_settings())


@pytest.mark.parametrize(
    ("keys", "written", "has"),
    [
        ("", None, True),
        (f"k1:{KEY}", None, False),
        (f"k1:{KEY}", "yes", True),
        ("", "no", False),
        ("  ", None, True),
    ],
)
def test_with_keys_words_stay_out_of_the_database(
    keys: str, written: str | None, has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it is said otherwise."""
    monkeypatch.setenv("CALLAGENT_RECORDING_KEYS", keys)
    if written:
        monkeypatch.setenv("CALLAGENT_DATABASE_WORDS", written)

    assert load_settings().has_words_in_database is has


def test_what_is_neither_yes_nor_no_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what would be right."""
    monkeypatch.setenv("CALLAGENT_DATABASE_WORDS", "some")

    with pytest.raises(ConfigurationError, match=r"CALLAGENT_DATABASE_WORDS in the environment.* Write yes or no"):
        load_settings()


def test_a_bucket_is_read() -> None:
    """With a prefix, and another one's server."""
    assert read_bucket("") is None
    assert read_bucket("s3://recordings") == BucketPlace("recordings", "", "")
    assert read_bucket("s3://recordings/") == BucketPlace("recordings", "", "")
    assert read_bucket("s3://shop.recordings/delhi/calls/") == BucketPlace("shop.recordings", "delhi/calls/", "")
    assert read_bucket("s3://recordings/delhi?endpoint=https://minio.example.com:9000") == BucketPlace(
        "recordings", "delhi/", "https://minio.example.com:9000"
    )
    assert read_bucket("s3://recordings?endpoint=http://127.0.0.1:9000") is not None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("recordings", "is no URL of a bucket"),
        ("https://recordings.s3.amazonaws.com", "is no URL of a bucket"),
        ("s3://", "is no URL of a bucket"),
        ("s3://AKIA:secret@recordings", "Keys do not belong into it"),
        ("s3://recordings?endpoint=http://minio.example.com", "has an endpoint that is no https address"),
        ("s3://recordings?endpoint=http://127.0.0.1.example.com", "has an endpoint that is no https address"),
        ("s3://recordings?region=x", "has more behind the '?'"),
        ("s3://recordings/../other", "has an empty part, '.' or '..'"),
        ("s3://recordings/a//b", "has an empty part, '.' or '..'"),
    ],
)
def test_a_bucket_that_is_wrong_is_told(url: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is wrong, and not repeating it: it may hold a secret."""
    monkeypatch.setenv("CALLAGENT_RECORDINGS_BUCKET", url)

    with pytest.raises(
        ConfigurationError, match="CALLAGENT_RECORDINGS_BUCKET in the environment: its value "
    ) as raised:
        load_settings()
    assert told in str(raised.value)
    assert "secret" not in str(raised.value)


def test_days_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """None, unless it is set; and no fewer than none."""
    assert load_settings().recordings_local is None
    monkeypatch.setenv("CALLAGENT_RECORDINGS_LOCAL", "0.5")
    assert load_settings().recordings_local == 0.5
    monkeypatch.setenv("CALLAGENT_RECORDINGS_LOCAL", "-1")
    with pytest.raises(ConfigurationError, match="Write days, 0 or more, such as 7"):
        load_settings()
