"""
The Edinburgh FDA corpus (P. Bagshaw, 1994): 50 sentences of a man and a woman with a laryngograph.

Which of its files choose anything, and which only judge: the man's sentences of odd number may be
learned from; his others and all of the woman's are never looked at but to report.
"""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STEP = 0.015  # s between two frames of the reference


@dataclass(frozen=True)
class Sentence:
    name: str
    sound: NDArray[np.float32]  # 16 kHz
    f0: NDArray[np.float64]  # Hz, every STEP from 0 on; 0 where unvoiced

    @property
    def learned(self) -> bool:
        return self.name.startswith("rl") and int(self.name[2:]) % 2 == 1


def sentences(folder: Path) -> Iterator[Sentence]:
    for file in sorted((folder / "fda").glob("*.wav")):
        yield Sentence(file.stem, _at_16k(file), np.loadtxt(file.with_suffix(".f0ref")))


def _at_16k(file: Path) -> NDArray[np.float32]:
    """Band-limited from 20 kHz, through the spectrum of the whole file."""
    with wave.open(str(file)) as sound:
        if sound.getframerate() != 20_000:
            raise ValueError(f"{file.name} has {sound.getframerate()} Hz, expected 20000")
        x = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32_768
    n = round(x.size * 0.8)
    return (np.fft.irfft(np.fft.rfft(x)[: n // 2 + 1], n) * n / x.size).astype(np.float32)
