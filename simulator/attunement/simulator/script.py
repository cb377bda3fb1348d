"""What happens in a simulated session: the script that two people follow."""

from dataclasses import dataclass, field
from typing import Literal

from attunement.simulator.errors import BadScript

# Times are seconds from the begin of the session; a span is [begin, end).


@dataclass(frozen=True, slots=True)
class Accent:
    t: float  # s, its peak
    height: float  # semitones above the declining line


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech without a pause in it."""

    begin: float
    end: float
    f0_begin: float  # Hz; pitch declines from here ...
    f0_end: float  # ... to here, in a straight line of semitones
    level: float  # dBFS, RMS
    rate: float  # syllables per second
    seed: int  # which vowels and consonants
    accents: tuple[Accent, ...] = ()


@dataclass(frozen=True, slots=True)
class Blink:
    begin: float
    length: float  # s, from the first movement of the lid to the last


@dataclass(frozen=True, slots=True)
class Smile:
    onset: float
    apex: float
    offset: float  # begins to fade
    end: float
    intensity: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Raise:
    """Brows go up and come down."""

    begin: float
    end: float
    height: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Nod:
    begin: float
    end: float
    depth: float  # degrees
    count: int


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the head points at a moment; between two of them it turns smoothly."""

    t: float
    yaw: float = 0.0  # degrees; positive: to the right in the picture
    pitch: float = 0.0  # degrees; positive: up
    roll: float = 0.0  # degrees; positive: clockwise in the picture


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Literal["mute", "camera_off"]  # exact digital silence; exact black
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Voice:
    jitter: float = 0.006  # SD of a period, relative
    shimmer: float = 0.04  # SD of a pulse's height, relative
    breath: float = 0.03  # aspiration against the pulses
    tract: float = 1.0  # formants are multiplied by it: shorter tract, higher formants


@dataclass(frozen=True, slots=True)
class Look:
    """Colours are RGB."""

    skin: tuple[int, int, int] = (224, 180, 150)
    hair: tuple[int, int, int] = (62, 42, 32)
    clothes: tuple[int, int, int] = (64, 84, 112)
    wall: tuple[int, int, int] = (128, 136, 132)
    iris: tuple[int, int, int] = (88, 68, 52)
    long_hair: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One person's part."""

    name: Literal["therapist", "patient"]
    voice: Voice = Voice()
    look: Look = Look()
    utterances: tuple[Utterance, ...] = ()
    blinks: tuple[Blink, ...] = ()
    smiles: tuple[Smile, ...] = ()
    raises: tuple[Raise, ...] = ()
    nods: tuple[Nod, ...] = ()
    poses: tuple[Pose, ...] = ()
    faults: tuple[Fault, ...] = ()
    pulse: float = 68.0  # beats per minute, in the skin
    breath: float = 14.0  # per minute, likewise
    noise: float = -65.0  # dBFS, RMS of the room


@dataclass(frozen=True, slots=True)
class Script:
    seed: int  # of noise in sound and picture
    seconds: float
    parts: tuple[Part, ...] = field(default=())

    def __post_init__(self) -> None:
        """Raises BadScript, which says where it cannot be played."""
        if not 0 < self.seconds <= 24 * 3600:
            raise BadScript("seconds", f"{self.seconds}", "more than 0, at most a day")
        if sorted(part.name for part in self.parts) != ["patient", "therapist"]:
            got = ", ".join(part.name for part in self.parts) or "nobody"
            raise BadScript("parts", got, "one therapist and one patient")
        for part in self.parts:
            _check(part, self.seconds)

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    @staticmethod
    def generate(seed: int, seconds: float) -> "Script":
        """A session of that many seconds: same seed, same session."""
        from attunement.simulator.author import write

        return write(seed, seconds)


def _check(part: Part, seconds: float) -> None:
    for i, spoken in enumerate(part.utterances):
        where = f"{part.name}.utterances[{i}]"
        for name, value, low, high in (
            ("f0_begin", spoken.f0_begin, 50, 600),
            ("f0_end", spoken.f0_end, 50, 600),
            ("level", spoken.level, -60, -6),
            ("rate", spoken.rate, 1, 10),
        ):
            if not low <= value <= high:
                raise BadScript(f"{where}.{name}", f"{value}", f"{low} to {high}")
    spans = {
        "utterances": [(each.begin, each.end) for each in part.utterances],
        "blinks": [(each.begin, each.begin + each.length) for each in part.blinks],
        "smiles": [(each.onset, each.end) for each in part.smiles],
        "raises": [(each.begin, each.end) for each in part.raises],
        "nods": [(each.begin, each.end) for each in part.nods],
        "poses": [(each.t, each.t) for each in part.poses],
    }
    for kind, listed in spans.items():
        _check_order(f"{part.name}.{kind}", listed, seconds)
    for i, fault in enumerate(part.faults):
        _check_order(f"{part.name}.faults[{i}]", [(fault.begin, fault.end)], seconds)
    for i, smile in enumerate(part.smiles):
        if not smile.onset < smile.apex <= smile.offset < smile.end:
            got = f"{smile.onset}, {smile.apex}, {smile.offset}, {smile.end}"
            raise BadScript(f"{part.name}.smiles[{i}]", got, "onset, apex, offset, end in order")


def _check_order(where: str, spans: list[tuple[float, float]], seconds: float) -> None:
    last = 0.0
    for i, (begin, end) in enumerate(spans):
        moment = where.endswith("poses")
        if begin < last or end < begin or (end == begin and not moment) or end > seconds:
            expected = f"a begin from {last:g} s on and a later end, by {seconds:g} s"
            raise BadScript(f"{where}[{i}]", f"{begin:g} to {end:g} s", expected)
        last = end
