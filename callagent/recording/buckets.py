"""Recordings in a bucket of Amazon's S3, or of whoever speaks its protocol. All of this blocks: see `uploader`.

A call's folder is kept below the bucket's prefix under its own name, file by file. Nothing passes for being there
before the bucket was asked what it holds, and that is what was sent.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from callagent.errors import BucketError, ConfigurationError
from callagent.recording.folder import SUMMARY

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PART: Final = 8 << 20
"""Bytes that are sent at a time; files that are as long or longer are sent in parts."""
AT_ONCE: Final = 1 << 20
BEGUN: Final = ".fetching-"
"""How folders begin that hold what is not all here yet; a killed process leaves one, and the next takes it away."""
NAME: Final = re.compile(r"[^./\\\x00-\x1f][^/\\\x00-\x1f]*")
"""Of a call, and of a file: nothing that leads elsewhere, and none of the notes that callagent makes for itself."""
UNKNOWN_TO_SOME: Final = frozenset({"NotImplemented", "MethodNotAllowed", "501", "405"})
"""What servers answer that have no versions, or no list of unfinished uploads."""
REMEDIES: Final = {
    "NoSuchBucket": "Look at CALLAGENT_RECORDINGS_BUCKET.",
    "AccessDenied": "Let this account list, read, write and delete there.",
    "403": "Let this account list, read, write and delete there.",
    "InvalidAccessKeyId": "Look at AWS_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "Look at AWS_SECRET_ACCESS_KEY.",
    "NoCredentialsError": "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or any other way that boto3 knows.",
    "EndpointConnectionError": "Nobody answers there: look at the endpoint in CALLAGENT_RECORDINGS_BUCKET.",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as the bucket has it."""

    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Waits:
    """For the bucket, in seconds."""

    attempts: int = 3
    connect_s: float = 5.0
    answer_s: float = 20.0
    """For each part of a file."""


@dataclass(frozen=True, slots=True)
class _Digest:
    """What a file is known by."""

    size: int
    etag: str
    """As S3 makes it of an object that it does not encrypt with a key of the customer's: MD5, or MD5 of the parts'."""
    sha256: str


class Bucket:
    """A place in a bucket. For one thread at a time."""

    def __init__(self, bucket: str, prefix: str = "", endpoint: str = "", waits: Waits | None = None) -> None:
        """`prefix` is empty or ends with a slash. Raises ConfigurationError without the package for it."""
        if find_spec("boto3") is None:
            raise ConfigurationError(
                "CALLAGENT_RECORDINGS_BUCKET needs boto3. Install it: pip install 'callagent[s3]'."
            )
        self.url = f"s3://{bucket}/{prefix}" + (f"?endpoint={endpoint}" if endpoint else "")
        self._bucket = bucket
        self._prefix = prefix
        self._endpoint = endpoint
        self._waits = waits or Waits()

    def warm_up(self) -> None:
        """Load what it takes, which is a second's work; nobody is asked for anything. Raises BucketError."""
        with self._asked("for nothing yet"):
            _ = self._client

    @cached_property
    def _client(self) -> "S3Client":
        import boto3
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "total_max_attempts": self._waits.attempts},
            connect_timeout=self._waits.connect_s,
            read_timeout=self._waits.answer_s,
            # Not all who speak S3 know its newer checksums; what is stored is compared anyway.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # A session of its own: boto3's default one is shared with whoever else is in the process.
        return boto3.session.Session().client("s3", endpoint_url=self._endpoint or None, config=config)

    def put(self, file: Path, name: str) -> Stored:
        """Have a file of a call kept, a long one in parts, and compare it. Raises BucketError and OSError."""
        digest = _digest(file)
        key = self._key(name, file.name)
        extra = {"Metadata": {"sha256": digest.sha256}}
        with self._asked(f"to take {name}/{file.name}"):
            self._client.upload_file(str(file), self._bucket, key, ExtraArgs=extra, Config=_transfer())
            head = self._client.head_object(Bucket=self._bucket, Key=key)
            stored = Stored(head["ContentLength"], head["ETag"].strip('"'))
            # Where the bucket encrypts with a key of the customer's, the tag tells nothing of the content.
            is_right = stored == Stored(digest.size, digest.etag) or (
                stored.size == digest.size and self._sha256(key) == digest.sha256
            )
        if not is_right:
            raise BucketError(f"{self.url}: {name}/{file.name} is not there as it was sent. It is sent again.")
        return stored

    def stored(self, name: str) -> dict[str, Stored]:
        """The files of a call, by their names; none when the bucket does not know it. Raises BucketError."""
        beginning = self._key(name)
        with self._asked(f"what it has of {name}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=beginning)
            objects = [one for page in pages for one in page.get("Contents", ())]
        return {one["Key"].removeprefix(beginning): Stored(one["Size"], one["ETag"].strip('"')) for one in objects}

    def fetch(self, name: str, into: Path) -> list[str]:
        """Have those files of a call in a folder that are not there; their names. What is there stays as it is.

        Raises BucketError, also where a file is not what was once sent, and OSError.
        """
        names = [file for file in self.stored(name) if NAME.fullmatch(file)]
        if not names:
            raise BucketError(f"{self.url}: there is no call {name}.")
        fetched = []
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in into.glob(f"{BEGUN}*"):
            shutil.rmtree(left)
        # The summary comes last: a folder without one is that of a call that is not over.
        for file in sorted(names, key=lambda file: (file == SUMMARY, file)):
            if not (into / file).exists():
                self._fetch_file(name, file, into)
                fetched.append(file)
        return fetched

    def _fetch_file(self, name: str, file: str, into: Path) -> None:
        key = self._key(name, file)
        with tempfile.TemporaryDirectory(prefix=BEGUN, dir=into) as folder:
            beside = Path(folder) / file
            with self._asked(f"for {name}/{file}"):
                self._client.download_file(self._bucket, key, str(beside), Config=_transfer())
                sent = self._client.head_object(Bucket=self._bucket, Key=key)["Metadata"].get("sha256")
            if sent != _digest(beside).sha256:
                raise BucketError(
                    f"{self.url}: {name}/{file} is not what callagent once sent there. Look for an older version of it."
                )
            beside.chmod(0o600)
            beside.replace(into / file)

    def delete(self, name: str, file: str = "") -> int:
        """Delete a call, or one file of it, in all versions, with what was sent of it and broken off; how many objects.

        Where the bucket has versions, a deletion that keeps them would keep the caller's words. Raises BucketError,
        also when anything is left, as where the bucket locks its objects.
        """
        key = self._key(name, file)
        self.abandon_unfinished(name)
        found = self._versions(key, exactly=bool(file))
        self._delete(found, name)
        if left := self._versions(key, exactly=bool(file)):
            raise BucketError(f"{self.url}: {len(left)} objects of {name} are still there. Does the bucket lock them?")
        return len(found)

    def delete_older(self, name: str, file: str) -> int:
        """Delete the versions of a file before the newest, where the bucket keeps any; how many. Raises BucketError."""
        older = self._versions(self._key(name, file), exactly=True, older_only=True)
        self._delete(older, name)
        return len(older)

    def abandon_unfinished(self, name: str) -> None:
        """Forget the parts of files of a call that were sent before an upload broke off. Raises BucketError."""
        with self._asked(f"what of {name} is unfinished"), _unless_unknown():
            pages = self._client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._key(name)):
                for one in page.get("Uploads", ()):
                    self._client.abort_multipart_upload(Bucket=self._bucket, Key=one["Key"], UploadId=one["UploadId"])

    def _versions(self, key: str, *, exactly: bool, older_only: bool = False) -> list[dict[str, str]]:
        """Of one key, or of all that begin so."""
        found: list[dict[str, str]] = []
        with self._asked("for its versions"), _unless_unknown():
            pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key)
            for page in pages:
                entries: Iterable[Any] = (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
                found += [
                    {"Key": one["Key"], "VersionId": one["VersionId"]}
                    for one in entries
                    if (one["Key"] == key or not exactly) and not (older_only and one["IsLatest"])
                ]
            return found
        if older_only:
            return []
        with self._asked("for its objects"):
            plain = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=key)
            keys = [one["Key"] for page in plain for one in page.get("Contents", ())]
        return [{"Key": one} for one in keys if one == key or not exactly]

    def _delete(self, versions: Iterable[Any], name: str) -> None:
        # One by one: deleting many at once takes checksums that not all who speak S3 agree on.
        for version in versions:
            with self._asked(f"to delete {name}"):
                self._client.delete_object(Bucket=self._bucket, **version)

    def _sha256(self, key: str) -> str:
        digest = hashlib.sha256()
        for part in self._client.get_object(Bucket=self._bucket, Key=key)["Body"].iter_chunks(AT_ONCE):
            digest.update(part)
        return digest.hexdigest()

    def _check_name(self, name: str) -> None:
        """Of a call or of a file. Raises BucketError for one that leads elsewhere."""
        if not NAME.fullmatch(name):
            raise BucketError(f"'{name}' is no name of a call's folder or file.")

    def _key(self, name: str, file: str = "") -> str:
        self._check_name(name)
        self._check_name(file or name)
        return f"{self._prefix}{name}/{file}"

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        """Translate the library's errors."""
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError, Boto3Error) as error:
            code = _code(error)
            raise BucketError(f"{self.url}: asked {what}, it failed ({code}). {_remedy(code)}") from error


@contextmanager
def _unless_unknown() -> Iterator[None]:
    """Heed no answer that says that the server does not have such a thing."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if _code(error) not in UNKNOWN_TO_SOME:
            raise


def _code(error: BaseException) -> str:
    """What went wrong, in a word: S3's own code, or the name of the error."""
    # The transfer manager wraps what it got.
    inner = next((one for one in (error, error.__cause__, error.__context__) if hasattr(one, "response")), None)
    if inner is None:
        return type(error).__name__
    response: dict[str, dict[str, str]] = inner.response
    return response.get("Error", {}).get("Code", type(error).__name__)


def _remedy(code: str) -> str:
    return REMEDIES.get(code, "It may pass.")


def _transfer() -> Any:
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False)


def _digest(file: Path) -> _Digest:
    sha256, parts, size = hashlib.sha256(), [], 0
    with file.open("rb") as content:
        while part := content.read(PART):
            sha256.update(part)
            parts.append(hashlib.md5(part, usedforsecurity=False))
            size += len(part)
    if size < PART:
        etag = (parts or [hashlib.md5(usedforsecurity=False)])[0].hexdigest()
    else:
        of_parts = hashlib.md5(b"".join(part.digest() for part in parts), usedforsecurity=False)
        etag = f"{of_parts.hexdigest()}-{len(parts)}"
    return _Digest(size, etag, sha256.hexdigest())
