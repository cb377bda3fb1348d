"""What goes out: one reading per participant, per signal, per second, and how it is described."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from attunement.engine.frame import Frame
from attunement.engine.shedding import Level

F_contra = TypeVar("F_contra", contravariant=True)


class Why(StrEnum):
    """Why there is no number. The overlay has words for each."""

    WARMING = "warming"  # too little evidence yet
    SILENCE = "silence"  # sound came, nobody spoke
    NO_FACE = "no_face"  # pictures came, no face in them
    NO_MEDIA = "no_media"  # nothing came at all: track not sent, or lost
    MUTED = "muted"  # exact digital silence, exact black: the person switched it off
    LOW_QUALITY = "low_quality"  # too little of it came, or too poor to measure
    TOO_DARK = "too_dark"  # what of LOW_QUALITY a person can do something about
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    TOO_SMALL = "too_small"  # the face, in pixels
    TURNED_AWAY = "turned_away"
    CUT_OFF = "cut_off"  # too much of the face is outside of the picture
    OCCLUDED = "occluded"  # mouth or eyes are behind something: a hand, a cup
    FROZEN = "frozen"  # the same picture for over a second
    MOVING = "moving"  # too much for what needs a face at rest
    SPEAKING = "speaking"  # too much for what speech itself disturbs
    OVERLAP = "overlap"  # both spoke; whose sound it is cannot be told
    NO_MODEL = "no_model"  # a model file is not here
    POLICY = "policy"  # this session's mode bars it
    CONSENT = "consent"  # the person has not agreed, or paused
    SHED = "shed"  # the machine was short; given up to keep the rest on time
    FAILED = "failed"  # this stage broke, and is out for the rest of the session


@dataclass(frozen=True, slots=True)
class Measured:
    value: float  # in the unit of the signal's Spec
    quality: float  # 0 to 1
    n: int  # how much evidence: voiced frames, pictures, turns


@dataclass(frozen=True, slots=True)
class Missing:
    why: Why


Reading = Measured | Missing
Readings = Mapping[str, Reading]  # signal name -> reading


class Group(StrEnum):
    """What a person agrees to, and how the overlay sorts."""

    VOICE = "voice"
    FACE = "face"
    BODY = "body"
    TOGETHER = "together"
    INFERRED = "inferred"
    LINK = "link"  # the network, not the person: needs no consent


class Mode(StrEnum):
    BEHAVIOUR = "behaviour"  # measurements only
    INFERENCE = "inference"  # measurements, and emotion inferred from them


class Role(StrEnum):
    THERAPIST = "therapist"
    PATIENT = "patient"


class Scope(StrEnum):
    PERSON = "person"  # one instance per participant, sees only that person's frames
    SESSION = "session"  # one instance for all, sees everybody's frames


@dataclass(frozen=True, slots=True)
class Card:
    """What a person may read about a signal before believing it."""

    measures: str
    evidence: str  # from what, over which window, with what least evidence
    source: str  # paper, standard, model
    caution: str  # what it does not mean


@dataclass(frozen=True, slots=True)
class Spec:
    """One signal as the catalog lists it."""

    name: str  # "voice.f0_hz"
    label: str  # plain words, for the overlay: "pitch"
    unit: str  # UCUM; "1" for a share
    low: float  # no value is outside low..high
    high: float
    card: Card
    window: int = 1  # s, over whose media its quality is taken; 0: it counts what came itself
    expert: bool = False  # for those who know the field: the overlay folds it away


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    role: Role


class Models(Protocol):
    """Where model files are found."""

    def path(self, name: str) -> Path:
        """The verified file. Raises engine.errors.ModelUnavailable, which says how to get it."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a stage may know when it is made."""

    people: tuple[Person, ...]  # a person's own stage gets just that person
    models: Models


class Stage(Protocol[F_contra]):
    """
    Measures one thing, or a few in one pass. Subclass it explicitly to inherit the defaults.

    Frames come in time order per person and kind, never concurrently; how two people's frames, or
    sound and pictures, interleave must not change what is measured.
    """

    def push(self, frame: F_contra, /) -> Sequence[Frame]:
        """Take one frame; return frames derived from it, for stages further down the catalog."""
        ...

    def finish(self) -> Sequence[Frame]:
        """The second is over: work off what was held back, and return what derives from it."""
        return ()

    def measure(self) -> Readings:
        """Close the second: a reading for every signal of the spec. Called after finish()."""
        ...

    def ease(self, level: Level, /) -> None:
        """The machine is short, or no longer: from now on do with less, as `level` says."""
        return


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One line of the catalog: a stage and the signals it yields (none, if others build on it)."""

    name: str
    group: Group
    takes: tuple[type, ...]
    make: Callable[[Context], Stage[Any]]
    signals: tuple[Spec, ...] = ()
    emits: tuple[type, ...] = ()  # kinds of derived frame
    needs: tuple[str, ...] = ()  # names of model files
    scope: Scope = Scope.PERSON
    given_up: Level | None = None  # from which on it is left out when the machine is short


@dataclass(frozen=True, slots=True)
class Second:
    """Everything that was measured in one second of the session."""

    index: int  # covers [index, index + 1) s of session time
    people: Mapping[str, Readings]  # participant -> readings
    together: Readings
    usual: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    # participant -> signal -> distance from the person's own baseline in SDs, where there is one
