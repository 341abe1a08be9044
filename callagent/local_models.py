"""The models that run on this machine: which the configuration names, which are here, and fetching those that are not.

They come from the Hugging Face hub, through its own library, and lie as it lays them out: by the version that they are
of, so that an earlier one can be gone back to with a provider's option `revision`. A file is fetched beside its place
and moved there when it is whole, and a version counts as fetched when all its files are what the hub says they are: by
size, and by digest. Until then the version before it stays in use.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from callagent.errors import ConfigurationError, ProviderError, ProviderRejectedError, ProviderUnavailableError
from callagent.events import StageName
from callagent.settings.settings import Settings
from callagent.stt import whisper_files
from callagent.tts import piper_files

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

LATEST: Final = "main"
ANSWER_S: Final = 10.0
"""For the hub's list of a model's files."""
SHOWN: Final = 12
"""Characters of digests and versions that are shown."""


Models: TypeAlias = "Callable[[Mapping[str, Any]], Iterator[LocalModel]]"
"""By a provider's options, the models that it loads."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that the configuration names."""

    provider: str
    """Registry name of who uses it."""
    name: str
    repository: str
    """On the hub; empty for files of one's own, which are never fetched."""
    folder: Path
    """Where the hub's files are kept; or one's own file or folder."""
    weights: str
    """The file by whose digest the model is known."""
    files: Sequence[str] = ()
    """What it is made of, as patterns of names; each must be there."""
    at_will: Sequence[str] = ()
    """What is fetched where there is any."""
    revision: str = ""
    """The version that the configuration wants; empty for the latest at the time of fetching."""
    digest: str = ""
    """How the SHA-256 of its weights must begin, where the configuration says so."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A model on this machine."""

    version: str
    """The hub's commit; empty for files of one's own."""
    digest: str
    """SHA-256 of its weights."""
    size: int
    """Bytes of its files."""


def named_models(settings: Settings) -> tuple[LocalModel, ...]:
    """The models that the configuration's providers load on this machine. Raises ConfigurationError."""
    found: dict[LocalModel, None] = {}
    users: Sequence[tuple[StageName, str, Sequence[str], Models]] = (
        ("stt", "whisper", settings.stt, _whisper_models),
        ("tts", "piper", settings.tts, _piper_models),
    )
    for stage, provider, usual, models in users:
        if any(provider in order for order in (usual, *settings.orders_of(stage).values())):
            given = {"cache_dir": settings.cache} | settings.options.get(f"{stage}.{provider}", {})
            found.update(dict.fromkeys(models(given)))
    return tuple(found)


def look(model: LocalModel) -> Kept | None:
    """What there is of a model on this machine; None when that is nothing, or not all of it."""
    if not model.repository:
        return _own(model)
    storage = _storage(model)
    version = _version_here(storage, model.revision)
    snapshot = storage / "snapshots" / version
    files = [file for file in snapshot.rglob("*") if file.is_file()] if version else []
    names = {str(file.relative_to(snapshot)): file for file in files}
    if not all(any(fnmatch(name, pattern) for name in names) for pattern in model.files):
        return None
    ours = [file for name, file in names.items() if _wanted(model, name)]
    return Kept(version, _sha256(names[model.weights]), sum(file.stat().st_size for file in ours))


def fetch(model: LocalModel, on_bytes: Callable[[int, int], None] = lambda _got, _of: None) -> Kept:
    """Have the model on this machine, in the version that is wanted; blocks until it is.

    `on_bytes` hears how many have come in, and of how many. Raises ProviderUnavailableError when the hub cannot be
    reached or breaks off, ProviderRejectedError when it has no such model, or another than the digest says.
    """
    try:
        return _fetch(model, on_bytes)
    except ProviderError:
        raise
    except ImportError as error:
        raise ConfigurationError(
            f"{model.provider}: fetching needs the package huggingface-hub; install callagent[{model.provider}]."
        ) from error
    except Exception as error:
        raise _translated(error, model) from error


def _fetch(model: LocalModel, on_bytes: Callable[[int, int], None]) -> Kept:
    # Its other protocol keeps files of its own outside the folder, which a container may not let it.
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    from huggingface_hub import HfApi

    if not model.repository:
        raise ProviderRejectedError(model.provider, f"'{model.name}' is a file of your own; there is nothing to fetch")
    told = HfApi(token=False).model_info(
        model.repository, revision=model.revision or LATEST, files_metadata=True, timeout=ANSWER_S
    )
    files = [file for file in told.siblings or () if _wanted(model, file.rfilename)]
    missing = [one for one in model.files if not any(fnmatch(file.rfilename, one) for file in files)]
    if missing or not told.sha:
        raise ProviderRejectedError(model.provider, f"{model.repository} has no {', '.join(missing) or 'version'}")
    progress = _Progress(sum(file.size or 0 for file in files), on_bytes)
    for file in files:
        _fetch_file(model, told.sha, file, progress)
    snapshot = _storage(model) / "snapshots" / told.sha
    digest = _sha256(snapshot / model.weights)
    if not digest.startswith(model.digest.lower()):
        raise ProviderRejectedError(
            model.provider,
            f"{model.weights} of '{model.name}' is {digest[:SHOWN]}, and not {model.digest[:SHOWN]} as the option "
            "`digest` says. Set `revision` to the version that you mean, or `digest` to this one",
        )
    _take_up(model, told.sha)
    return Kept(told.sha, digest, sum((snapshot / file.rfilename).stat().st_size for file in files))


def _fetch_file(model: LocalModel, version: str, file: "RepoSibling", progress: "_Progress") -> None:
    """Fetch a file, unless it is there and sound; one that was damaged here, or on the way, is fetched once more."""
    from huggingface_hub import hf_hub_download

    for is_last in (False, True):
        before = progress.got
        path = Path(
            hf_hub_download(
                model.repository,
                file.rfilename,
                revision=version,
                cache_dir=model.folder,
                token=False,
                tqdm_class=progress.bar(),
            )
        )
        if not path.resolve().is_relative_to(model.folder.resolve()):
            # The hub names the file that the link leads to: it is not ours to read, and least of all to delete.
            path.unlink()
            raise ProviderRejectedError(
                model.provider, f"the hub wants {file.rfilename} outside {model.folder}: do not trust it, use another"
            )
        if _is_sound(path, file):
            progress.reach(before + (file.size or 0))
            return
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        progress.reach(before)
        if is_last:
            raise ProviderUnavailableError(model.provider, f"the hub sent a damaged {file.rfilename}; try again later")


def _take_up(model: LocalModel, version: str) -> None:
    """From now on this version is what the wanted one is."""
    ref = _storage(model) / "refs" / (model.revision or LATEST)
    ref.parent.mkdir(parents=True, exist_ok=True)
    beside = ref.with_name(f"{ref.name}.{os.getpid()}")
    beside.write_text(version, encoding="ascii")
    beside.replace(ref)


class _Progress:
    """Adds up what comes in for all the files of a model."""

    def __init__(self, of: int, on_bytes: Callable[[int, int], None]) -> None:
        self.got = 0
        self._of = of
        self._on_bytes = on_bytes

    def reach(self, got: int) -> None:
        """So much is there."""
        self.got = got
        self._on_bytes(min(got, self._of), self._of)

    def bar(self) -> Any:
        """What the hub's library tells of its progress: a kind of bar that draws nothing."""
        from tqdm import tqdm

        progress = self

        class Told(tqdm):  # type: ignore[misc]  # it ships no types
            def __init__(self, *_: Any, **__: Any) -> None:
                super().__init__(disable=True)

            def update(self, n: float | None = 1) -> bool | None:
                progress.reach(progress.got + int(n or 0))
                return None

        return Told


def _is_sound(path: Path, file: "RepoSibling") -> bool:
    """Whether a file is what the hub says it is: large files have a SHA-256 there, small ones git's digest."""
    if file.size is not None and path.stat().st_size != file.size:
        return False
    if file.lfs is not None:
        return _sha256(path) == file.lfs.sha256
    data = path.read_bytes()
    return file.blob_id in (None, hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest())


def _own(model: LocalModel) -> Kept | None:
    weights = model.folder / model.weights if model.folder.is_dir() else model.folder
    if not weights.is_file():
        return None
    files = [file for file in model.folder.iterdir() if file.is_file()] if model.folder.is_dir() else [weights]
    return Kept("", _sha256(weights), sum(file.stat().st_size for file in files))


def _wanted(model: LocalModel, name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in (*model.files, *model.at_will))


def _storage(model: LocalModel) -> Path:
    return model.folder / f"models--{model.repository.replace('/', '--')}"


def _version_here(storage: Path, revision: str) -> str:
    try:
        return (storage / "refs" / (revision or LATEST)).read_text(encoding="ascii").strip()
    except OSError:
        return revision


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _whisper_models(given: Mapping[str, Any]) -> Iterator[LocalModel]:
    from callagent.stt.whisper import WhisperOptions

    options = WhisperOptions(**given)
    repository = whisper_files.repository(options.model)
    own = Path(options.model).expanduser()
    folder = whisper_files.models_below(Path(options.cache_dir)) if repository else own
    yield LocalModel(
        "whisper", options.model, repository, folder, whisper_files.WEIGHTS,
        whisper_files.FILES, whisper_files.AT_WILL, options.revision, options.digest,
    )  # fmt: skip


def _piper_models(given: Mapping[str, Any]) -> Iterator[LocalModel]:
    # As they are given: the provider's own options refuse voices that are not there yet.
    revision = str(given.get("revision", ""))
    for voice in given.get("voices", {}).values():
        weights = piper_files.path_of(voice)
        if weights:
            folder = piper_files.voices_below(Path(given["cache_dir"]))
            files = (weights, f"{weights}.json")
            yield LocalModel("piper", voice, piper_files.REPOSITORY, folder, weights, files, revision=revision)
        else:
            yield LocalModel("piper", voice, "", Path(voice).expanduser(), Path(voice).name)


def _translated(error: Exception, model: LocalModel) -> ProviderError:
    """The hub's library speaks of its own matters, and at length."""
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    what, where = f"'{model.name}' cannot be fetched", f"{constants.ENDPOINT}/{model.repository}"
    match error:
        case RevisionNotFoundError():
            return ProviderRejectedError(model.provider, f"{where} has no revision '{model.revision or LATEST}'")
        case RepositoryNotFoundError() | HFValidationError():
            return ProviderRejectedError(model.provider, f"{where} is not there; check the model's name")
        case HfHubHTTPError(response=response) if response is not None:
            return ProviderUnavailableError(
                model.provider, f"{what}: {where} answers {response.status_code}; try again later"
            )
        case OSError(strerror=str() as problem, filename=place) if place:
            return ProviderUnavailableError(
                model.provider, f"{what}: {place}: {problem}. Is there room on the disk, and may this user write there?"
            )
    return ProviderUnavailableError(
        model.provider,
        f"{what}: {where} cannot be reached, or broke off ({type(error).__name__}). Check the network; or set "
        "HF_ENDPOINT to a mirror, or copy the files of a machine that has them",
    )
