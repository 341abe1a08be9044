"""A server that speaks the Hugging Face hub's protocol, as far as its client asks: lists of files, and the files."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Files = dict[str, bytes]


def sha256(data: bytes) -> str:
    """As the hub tells it."""
    return hashlib.sha256(data).hexdigest()


@dataclass
class Hub:
    """Repositories by name, each with its files by version; what was asked, and what goes wrong."""

    url: str = ""
    versions: dict[str, dict[str, Files]] = field(default_factory=dict)
    refs: dict[tuple[str, str], str] = field(default_factory=dict)
    """Names of versions, by repository and name."""
    sent: list[str] = field(default_factory=list)
    """Files that were asked for, in order."""
    damaged: dict[str, int] = field(default_factory=dict)
    """By file: how often it is sent with a wrong byte, of the right length."""
    broken: int = 0
    """Status of every answer, when something is wrong with the hub itself."""
    etags: dict[str, str] = field(default_factory=dict)
    """By file: what it is called instead of by its digest."""
    cut: set[str] = field(default_factory=set)
    """Files that end before their end."""

    def publish(self, repository: str, files: Files, name: str = "main") -> str:
        """A new version; its commit."""
        commit = hashlib.sha1(repr(sorted(files.items())).encode(), usedforsecurity=False).hexdigest()
        self.versions.setdefault(repository, {})[commit] = files
        self.refs[repository, name] = commit
        return commit

    def commit(self, repository: str, revision: str) -> str:
        """What a revision stands for. Raises HTTPNotFound as the hub would."""
        if repository not in self.versions:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RepoNotFound"})
        commit = self.refs.get((repository, revision), revision)
        if commit not in self.versions[repository]:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RevisionNotFound"})
        return commit


def _large(name: str) -> bool:
    return name.endswith((".bin", ".onnx"))


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _sibling(name: str, data: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": _blob_id(data)}
    if _large(name):
        told["lfs"] = {"sha256": sha256(data), "size": len(data), "pointerSize": 134}
    return told


@asynccontextmanager
async def hub_server() -> AsyncIterator[Hub]:
    """A hub on this machine; its `url` goes into HF_ENDPOINT."""
    hub = Hub()

    async def listing(request: web.Request) -> web.Response:
        if hub.broken:
            return web.Response(status=hub.broken)
        repository = f"{request.match_info['owner']}/{request.match_info['name']}"
        commit = hub.commit(repository, request.match_info.get("revision", "main"))
        files = hub.versions[repository][commit]
        siblings = [_sibling(name, data) for name, data in files.items()]
        return web.json_response({"id": repository, "sha": commit, "siblings": siblings})

    async def file(request: web.Request) -> web.StreamResponse:
        if hub.broken:
            return web.Response(status=hub.broken)
        repository = f"{request.match_info['owner']}/{request.match_info['name']}"
        commit, name = hub.commit(repository, request.match_info["revision"]), request.match_info["path"]
        data = hub.versions[repository][commit].get(name)
        if data is None:
            raise web.HTTPNotFound(headers={"X-Error-Code": "EntryNotFound"})
        etag = hub.etags.get(name) or (sha256(data) if _large(name) else _blob_id(data))
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag}"', "Content-Length": str(len(data))}
        if request.method == "HEAD":
            return web.Response(headers=headers)
        hub.sent.append(name)
        if hub.damaged.get(name):
            hub.damaged[name] -= 1
            data = bytes([data[0] ^ 1]) + data[1:]
        if name in hub.cut:
            # It says that this is all, and so its reader takes it for the end.
            data = data[: len(data) // 2]
            headers["Content-Length"] = str(len(data))
        return web.Response(body=data, headers=headers)

    app = web.Application(client_max_size=1 << 24)
    app.router.add_get("/api/models/{owner}/{name}", listing)
    app.router.add_get("/api/models/{owner}/{name}/revision/{revision}", listing)
    app.router.add_get("/{owner}/{name}/resolve/{revision}/{path:.+}", file)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    hub.url = f"http://127.0.0.1:{port}"
    try:
        yield hub
    finally:
        await runner.cleanup()
