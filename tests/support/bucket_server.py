"""A server of S3 on loopback that can be made to fail."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from threading import Condition, Event, Thread
from typing import Any, Final, TypeAlias
from wsgiref.types import StartResponse, WSGIEnvironment

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

ACCESS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
"""What the library finds in the environment."""

Fault: TypeAlias = Callable[[str, str], bool]
"""Whether a request is to be refused, by its method, and its path with the query."""

_numbers = count()


class BucketServer:
    """Amazon's S3 as moto has it, behind a door that may be shut."""

    def __init__(self, port: int = 0) -> None:
        self._app: Any = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", port, self._answer, threaded=True, request_handler=MotoRequestHandler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: deque[str] = deque()
        """Method, and path with the query, of each that was let in."""
        self.fault: Fault = lambda _method, _path: False
        self.refused = 0
        self.knocks = 0
        """Of whoever came, let in or not."""
        self.open = Event()
        """While it is not set, requests hang at the door."""
        self.open.set()
        self._knocked = Condition()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else "")
        with self._knocked:
            self.knocks += 1
            self._knocked.notify_all()
        self.open.wait()
        if self.fault(method, path):
            with self._knocked:
                self.refused += 1
                self._knocked.notify_all()
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("503 Slow Down", [("Content-Type", "application/xml")])
            return [b"<Error><Code>SlowDown</Code><Message>Later.</Message></Error>"]
        with self._knocked:
            self.requests.append(f"{method} {path}")
            self._knocked.notify_all()
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """And end."""
        self.open.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait for what requests bring about."""
        await asyncio.to_thread(self._wait, happened)

    def _wait(self, happened: Callable[[], bool]) -> None:
        with self._knocked:
            assert self._knocked.wait_for(happened, timeout=30)

    @cached_property
    def client(self) -> Any:
        """The operator's own view."""
        return boto3.session.Session().client("s3", endpoint_url=self.url)

    def new_bucket(self, *, versions: bool = False) -> str:
        """An empty one."""
        name = f"recordings-{next(_numbers)}"
        self.client.create_bucket(Bucket=name)
        if versions:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def keys(self, bucket: str) -> list[str]:
        """Of all objects."""
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=bucket).get("Contents", [])]

    def content(self, bucket: str, key: str) -> bytes:
        """Of an object."""
        body: bytes = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def all_versions(self, bucket: str) -> int:
        """How many objects there are, older ones and marks of deletion as well."""
        found = self.client.list_object_versions(Bucket=bucket)
        return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


@contextmanager
def bucket_server(port: int = 0) -> Iterator[BucketServer]:
    """Listening, to whoever finds its keys in the environment."""
    server = BucketServer(port)
    server.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in ACCESS.items():
                patch.setenv(name, value)
            yield server
    finally:
        server.stop()


def free_port() -> int:
    """One that nobody listens at."""
    with bucket_server() as server:
        return server.port
