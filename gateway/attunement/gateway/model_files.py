"""Model files, as the gateway needs them: found, described to those who watch, and pulled."""

import contextlib
import http.client
import os
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from attunement.engine.errors import ModelUnavailable
from attunement.engine.signal import Models
from attunement.gateway import wire
from attunement.pipelines.models.files import BLOCK, ModelFile, Shelf, verify

PATIENCE = 30.0  # s without a byte

Opener = Callable[[str], Any]  # address -> context manager of a stream with read(n)
Advance = Callable[[int], None]  # told how many bytes have come since it was last told


def find_models(folder: str | Path | None = None) -> Shelf:
    """The shelf, with the folder of --models first, if one was given."""
    return Shelf(Path(folder) if folder else None)


def described(models: Models) -> dict[str, wire.Model]:
    """Version and checksum of what is in use, for every frame to say."""
    in_use = models.in_use() if isinstance(models, Shelf) else {}
    return {name: wire.Model(version, sha) for name, (version, sha) in in_use.items()}


def over_https(address: str) -> Any:
    if not address.startswith("https://"):
        raise ValueError("got another scheme, expected https")
    return urllib.request.urlopen(address, timeout=PATIENCE)


def pull(
    model: ModelFile,
    folder: Path,
    *,
    opener: Opener = over_https,
    advance: Advance = lambda _: None,
) -> Path:
    """
    Download the file, check it, and only then give it its name.

    Raises ModelUnavailable if the source is out of reach, breaks off, or sends something else.
    """
    if model.package:
        raise ModelUnavailable(model.name, f"it comes inside {model.package}", model.remedy)
    draft: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".pull-", suffix=".part")
        draft = Path(name)
        with os.fdopen(descriptor, "wb") as into, opener(model.source) as stream:
            _copy(stream, into, model, advance)
        verify(model, draft)
        draft.chmod(0o644)
        return draft.replace(folder / model.file)
    except (OSError, http.client.HTTPException) as fault:
        # URLError, time-outs and a full disk are all of this kind.
        problem = f"the download failed ({type(fault).__name__})"
        remedy = f"fetch {model.source} by other means and put it into {folder}"
        raise ModelUnavailable(model.name, problem, remedy) from None
    finally:
        if draft is not None:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def _copy(stream: Any, into: IO[bytes], model: ModelFile, advance: Advance) -> None:
    size = 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > model.size:
            problem = f"got more than the {model.size} bytes expected"
            raise ModelUnavailable(model.name, problem, "try again later")
        into.write(block)
        advance(len(block))
