"""
YAMNet through MediaPipe's audio classifier: which of 521 sounds are heard, per second.

J. F. Gemmeke et al., "Audio Set", ICASSP 2017; S. Hershey et al., "CNN architectures for
large-scale audio classification", ICASSP 2017. Looks at 0.975 s at a time; longer sound is cut.

The file as it is published lacks the description of itself that the classifier asks for (16 kHz,
one channel, two outputs of which the first are scores): it is added in memory.
"""

import contextlib
import functools
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable

NAME = "yamnet.tflite"
RATE = 16_000  # Hz
WINDOW = 15_600  # samples
EVENTS = 521
# Places in yamnet_class_map.csv.
LAUGHTER = (13, 14, 15, 16, 17, 18)  # laughter, baby's, giggle, snicker, belly laugh, chuckle
CRYING = (19, 20, 21)  # crying and sobbing, baby's, whimper
SIGH = (23,)

_INSTALL = "install it with: pip install 'attunement[face]'"
_PULL = f"get it with: attune models pull {NAME}"
_stderr = threading.RLock()  # held by whoever turns it away


class AudioEvents:
    """Remembers nothing between calls. Holds about 10 MB until it is closed or thrown away."""

    def __init__(self, file: Path) -> None:
        """Raises ModelUnavailable if MediaPipe, a system library or the file is not usable."""
        try:
            from mediapipe.tasks.python import BaseOptions, audio
            from mediapipe.tasks.python.components.containers import AudioData
        except (ImportError, OSError) as fault:
            problem = f"the package cannot be loaded ({type(fault).__name__})"
            raise ModelUnavailable("mediapipe", problem, _INSTALL) from None
        self._wrap: Any = AudioData
        options = audio.AudioClassifierOptions(
            base_options=BaseOptions(model_asset_buffer=_described(file)),
            running_mode=audio.RunningMode.AUDIO_CLIPS,
        )
        try:
            with _unheard():
                self._net = audio.AudioClassifier.create_from_options(options)
        except Exception as fault:
            problem = f"the file cannot be loaded ({type(fault).__name__})"
            raise ModelUnavailable(NAME, problem, _PULL) from None
        self.close = weakref.finalize(self, _close, self._net)

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """sound (WINDOW,), finite, full scale 1. Score, 0 to 1, of each event (EVENTS,)."""
        data = self._wrap.create_from_array(np.ascontiguousarray(sound[-WINDOW:]), float(RATE))
        scores = np.zeros(EVENTS, np.float32)
        for event in self._net.classify(data)[0].classifications[0].categories:
            scores[event.index] = event.score
        return scores


@functools.cache
def _described(file: Path) -> bytes:
    """The file with its description. One per process: it takes a second to make."""
    try:
        content = file.read_bytes()
    except OSError as fault:
        problem = f"the file cannot be read ({type(fault).__name__})"
        raise ModelUnavailable(NAME, problem, _PULL) from None
    try:
        return _with(content, _description())
    except Exception as fault:  # struct, index and value errors of a broken flatbuffer
        problem = f"the file cannot be loaded ({type(fault).__name__})"
        raise ModelUnavailable(NAME, problem, _PULL) from None


def _description() -> bytes:
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    sound, scores, embedding = (schema.TensorMetadataT() for _ in range(3))
    sound.content, sound.name = schema.ContentT(), "sound"
    sound.content.contentPropertiesType = schema.ContentProperties.AudioProperties
    sound.content.contentProperties = schema.AudioPropertiesT()
    sound.content.contentProperties.sampleRate = RATE
    sound.content.contentProperties.channels = 1
    for output, name in ((scores, "scores"), (embedding, "embedding")):
        output.content, output.name = schema.ContentT(), name
        output.content.contentPropertiesType = schema.ContentProperties.FeatureProperties
        output.content.contentProperties = schema.FeaturePropertiesT()
    graph, model = schema.SubGraphMetadataT(), schema.ModelMetadataT()
    graph.inputTensorMetadata, graph.outputTensorMetadata = [sound], [scores, embedding]
    model.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())


def _with(content: bytes, description: bytes) -> bytes:
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(description, np.uint8)
    model.buffers.append(buffer)
    entry.name, entry.buffer = "TFLITE_METADATA", len(model.buffers) - 1
    model.metadata = [*(model.metadata or ()), entry]
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _close(net: Any) -> None:
    with _unheard():
        net.close()


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """The C++ below tells each start of a graph on stderr, and no setting of its own stops it."""
    with _stderr:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
