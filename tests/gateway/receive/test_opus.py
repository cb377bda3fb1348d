"""Opus, straight to what the analysis takes, against its own encoder and against PyAV's decoder."""

import ctypes
import random
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.gateway.receive import opus
from attunement.gateway.receive.opus import Direct, Filtered, Opus, Undecodable
from tests.gateway.receive.strategies import mutated

VOIP, LOW_DELAY = 2048, 2051  # OPUS_APPLICATION_*
BIT_RATE, IN_BAND_FEC, LOSS_EXPECTED = 4002, 4012, 4014  # OPUS_SET_*
Sound = NDArray[np.float32]

pytestmark = pytest.mark.skipif(opus.find() is None, reason="libopus is not here")


def voice(seconds: float = 4) -> Sound:
    """Something with the harmonics and the syllables of a voice, 48 kHz."""
    t = np.arange(int(48_000 * seconds)) / 48_000
    phase = np.cumsum(2 * np.pi * (120 + 30 * np.sin(2 * np.pi * 0.7 * t)) / 48_000)
    tone = np.sum([np.sin(k * phase) / k for k in range(1, 30)], axis=0)
    noise = np.random.default_rng(1).normal(0, 0.003, t.size)
    loudness = 0.15 * (0.55 + 0.45 * np.sin(2 * np.pi * 3 * t))
    return np.asarray(tone * loudness + noise, np.float32)


def encode(
    sound: Sound, bit_rate: int = 24_000, loss: int = 20, ms: float = 20, application: int = VOIP
) -> list[bytes]:
    """sound: (n,) or (n, 2), 48 kHz. loss: percent; above 0 in-band FEC is asked for."""
    library = opus.find()
    assert library is not None
    channels, n = sound.ndim, int(48 * ms)
    library.opus_encoder_create.restype = ctypes.c_void_p
    error = ctypes.c_int()
    state = ctypes.c_void_p(
        library.opus_encoder_create(48_000, channels, application, ctypes.byref(error))
    )
    for request, value in ((BIT_RATE, bit_rate), (IN_BAND_FEC, loss > 0), (LOSS_EXPECTED, loss)):
        assert library.opus_encoder_ctl(state, request, ctypes.c_int(value)) == 0
    room, packets = ctypes.create_string_buffer(4_000), []
    for at in range(0, len(sound) - n + 1, n):
        block = np.ascontiguousarray(sound[at : at + n])
        size = library.opus_encode_float(
            state, ctypes.c_void_p(block.ctypes.data), n, room, ctypes.c_int32(4_000)
        )
        assert size > 0
        packets.append(room.raw[:size])
    library.opus_encoder_destroy(state)
    return packets


def likeness(true: Sound, other: Sound) -> float:
    """dB by which `true` is louder than the difference."""
    noise = float(np.sum((true - other) ** 2)) + 1e-12
    return 10 * np.log10(float(np.sum(true**2)) / noise)


def lag(later: Sound, earlier: Sound) -> float:
    """Samples, to a sixteenth, by which cross-correlation finds one behind the other."""
    size = 1 << (2 * later.size).bit_length()
    cross = np.fft.rfft(later, size) * np.conj(np.fft.rfft(earlier, size))
    peak = int(np.argmax(np.fft.irfft(np.pad(cross, (0, 15 * size // 2)), 16 * size)))
    return (peak - 16 * size if peak > 8 * size else peak) / 16


@pytest.fixture
def decoder() -> Iterator[Opus]:
    with Opus() as made:
        yield made


@pytest.fixture(scope="module")
def packets() -> list[bytes]:
    return encode(voice())


@pytest.mark.parametrize("ms", [2.5, 5, 10, 20, 40, 60])
@pytest.mark.parametrize("channels", [1, 2])
def test_packets_of_every_length_are_decoded(decoder: Opus, ms: float, channels: int) -> None:
    sound = voice(0.6)
    stereo = np.stack([sound, sound / 2], axis=1) if channels == 2 else sound
    for packet in encode(stereo, ms=ms):
        samples = decoder.decode(packet)
        assert samples.dtype == np.float32
        assert samples.shape == (16 * ms,)
        assert opus.ticks(packet) == 48 * ms


def test_a_packet_of_many_frames_is_as_long_as_they_are(decoder: Opus) -> None:
    frame = encode(voice(0.1))[2]
    six = (
        bytes([frame[0] | 3, 0x80 | 6])
        + b"".join(bytes([len(frame[1:])]) for _ in range(5))
        + frame[1:] * 6
    )
    assert opus.ticks(six) == opus.LONGEST
    assert decoder.decode(six).size == 1_920


def test_samples_of_one_packet_outlive_the_next(decoder: Opus, packets: list[bytes]) -> None:
    first = decoder.decode(packets[10])
    kept = first.copy()
    decoder.decode(packets[11])
    assert np.array_equal(first, kept)


@pytest.mark.parametrize(("bit_rate", "application"), [(24_000, VOIP), (64_000, LOW_DELAY)])
def test_it_hears_what_pyav_hears_and_at_the_same_time(bit_rate: int, application: int) -> None:
    packets = encode(voice(), bit_rate, application=application)
    library = opus.find()
    ours, theirs = Direct(library), Filtered()
    a = np.concatenate([ours.decode(packet) for packet in packets])
    b = np.concatenate([theirs.decode(packet) for packet in packets])
    ours.close()
    behind = (theirs.delay - ours.delay) * 16_000 / 1e9
    assert lag(b, a) == pytest.approx(behind, abs=0.8)  # a twentieth of a millisecond
    assert np.std(a) == pytest.approx(np.std(b), rel=0.02)


def test_the_flag_tells_the_packets_that_repeat_their_predecessor(packets: list[bytes]) -> None:
    assert sum(map(opus.carries_previous, packets)) > 100
    assert not any(map(opus.carries_previous, encode(voice(), loss=0)))
    assert not any(map(opus.carries_previous, encode(voice(), 64_000, application=LOW_DELAY)))


@pytest.mark.parametrize("channels", [1, 2])
def test_a_flagged_packet_gives_its_predecessor_back_and_no_other_does(channels: int) -> None:
    sound = voice()
    stereo = np.stack([sound, sound / 2], axis=1) if channels == 2 else sound
    sent = encode(stereo, 24_000 * channels)
    with Opus() as whole:
        true = [whole.decode(packet) for packet in sent]
    like = []
    for n in range(30, len(sent) - 1, 5):
        with Opus() as decoder:
            for packet in sent[n - 20 : n]:
                decoder.decode(packet)
            samples = decoder.recover(sent[n + 1], 960)
            assert (samples is not None) == opus.carries_previous(sent[n + 1])
            if samples is not None:
                assert samples.size == 320
                like.append(likeness(true[n], samples))
    assert len(like) > 10
    assert np.median(like) > 8


def test_of_a_longer_hole_the_last_packet_comes_back(packets: list[bytes], decoder: Opus) -> None:
    n = next(n for n in range(40, 200) if opus.carries_previous(packets[n]))
    for packet in packets[: n - 5]:
        decoder.decode(packet)
    samples = decoder.recover(packets[n], 5 * 960)
    assert samples is not None
    assert samples.size == 320


def test_a_hole_of_a_minute_is_no_work(packets: list[bytes], decoder: Opus) -> None:
    plain = encode(voice(), loss=0)
    for packet in plain[:50]:
        decoder.decode(packet)
    assert decoder.recover(plain[60], 60 * 48_000) is None
    assert decoder.decode(plain[60]).size == 320


def test_after_a_loss_the_decoder_hears_right_again(packets: list[bytes], decoder: Opus) -> None:
    with Opus() as whole:
        true = [whole.decode(packet) for packet in packets]
    for packet in packets[:100]:
        decoder.decode(packet)
    decoder.recover(packets[101], 960)
    after = [decoder.decode(packet) for packet in packets[101:]]
    assert likeness(true[131], after[30]) > 20


def test_nothing_comes_back_from_a_decoder_of_music(decoder: Opus, packets: list[bytes]) -> None:
    for packet in encode(voice(), 64_000, application=LOW_DELAY)[:20]:
        decoder.decode(packet)
    flagged = next(packet for packet in packets if opus.carries_previous(packet))
    assert decoder.recover(flagged, 960) is None


@pytest.mark.parametrize("data", [b"", b"\x7b", b"\x7b\x00", b"\x7a\xff", b"\x79\x01"])
def test_what_is_no_opus_is_refused_and_the_next_packet_heard(
    decoder: Opus, packets: list[bytes], data: bytes
) -> None:
    with pytest.raises(Undecodable):
        decoder.decode(data)
    with suppress(Undecodable):
        decoder.recover(data, 960)
    assert decoder.decode(packets[20]).size == 320


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_whatever_the_bytes_nothing_but_undecodable_is_raised(data: bytes, lost: int) -> None:
    good = b"\x78\xff\xfe"
    with Opus() as decoder:
        for call in (lambda: decoder.recover(data, lost), lambda: decoder.decode(data)):
            with suppress(Undecodable):
                samples = call()
                assert samples is None or 0 < samples.size <= 1_920
        assert decoder.decode(good).size == 320


def test_ten_thousand_damaged_packets_leave_the_decoder_usable(
    decoder: Opus, packets: list[bytes]
) -> None:
    rng, refused, slowest = random.Random(7), 0, 0.0
    for _ in range(10_000):
        data = mutated(packets, rng)
        began = time.perf_counter()
        try:
            decoder.recover(data, rng.choice([120, 960, 1_000, 48_000]))
            decoder.decode(data)
        except Undecodable:
            refused += 1
        slowest = max(slowest, time.perf_counter() - began)
    assert refused > 100  # most bytes are sound to Opus
    assert slowest <= 0.05
    assert np.isfinite(decoder.decode(packets[0])).all()


def test_without_libopus_pyav_decodes(
    monkeypatch: pytest.MonkeyPatch, packets: list[bytes]
) -> None:
    monkeypatch.setattr(opus, "find", lambda: None)
    with Opus() as decoder:
        assert decoder.delay > 500_000
        assert decoder.decode(packets[0]).size == 320
        assert decoder.recover(packets[2], 960) is None
        with pytest.raises(Undecodable):
            decoder.decode(b"\x7b\x00")
        sound = np.concatenate([decoder.decode(packet) for packet in packets])
    assert sound.size == 320 * len(packets)
    assert np.std(sound) > 0.01


def test_a_closed_decoder_says_so_and_may_be_closed_again(packets: list[bytes]) -> None:
    decoder = Opus()
    decoder.close()
    decoder.close()
    with pytest.raises(ValueError, match="closed"):
        decoder.decode(packets[0])
