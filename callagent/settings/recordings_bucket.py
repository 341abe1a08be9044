"""The bucket for recordings as operators write it down."""

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
SAFE: Final = re.compile(r"https://[^/\s]+/?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/?")
FORM: Final = "write one as in s3://bucket/prefix, or s3://bucket/prefix?endpoint=https://minio.example.com"


class BucketPlace(NamedTuple):
    """Where recordings are kept besides this machine."""

    bucket: str
    prefix: str
    """Ends with a slash, or is empty."""
    endpoint: str
    """Whose bucket; empty for Amazon, or what AWS_ENDPOINT_URL names."""


def read_bucket(url: str) -> BucketPlace | None:
    """The place that a URL names; None for an empty one. Raises ValueError for what is wrong with it."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme != "s3" or not BUCKET.fullmatch(parts.netloc):
        secrets = ". Keys do not belong into it, but into AWS's own variables" if "@" in parts.netloc else ""
        raise ValueError(f"is no URL of a bucket, whose name has 3 to 63 letters or digits; {FORM}{secrets}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    endpoint = options.pop("endpoint", "")
    if options or parts.fragment:
        raise ValueError(f"has more behind the '?' than endpoint=; {FORM}")
    if endpoint and not SAFE.fullmatch(endpoint):
        raise ValueError("has an endpoint that is no https address; recordings go nowhere else, but to this machine")
    prefix = unquote(parts.path).strip("/")
    if any(part in ("", ".", "..") for part in prefix.split("/")) and prefix:
        raise ValueError(f"has an empty part, '.' or '..' in its prefix; {FORM}")
    return BucketPlace(parts.netloc, f"{prefix}/" if prefix else "", endpoint)
