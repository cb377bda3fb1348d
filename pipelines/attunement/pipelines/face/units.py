"""
Which coefficients and lengths tell of which action unit, and how far they go.

A blendshape's `full` is what one of a hundred pictures of posed and found faces reaches (measured
on 1,119 pictures of FER+); that of a length is what the face's anatomy allows. Nobody has coded
those pictures by FACS: `full` stands for 5, but is not calibrated to it. Four of ARKit's
blendshapes are zero whatever the face does (cheekSquint, noseSneer, cheekPuff, jawForward), so AU6
and AU9 are lengths alone.
"""

from dataclasses import dataclass

STRONGEST = 5.0  # FACS: A = 1 to E = 5
LOW, MIDDLE = 0.3, 0.5  # quantiles of a first minute at which what goes one way, both ways, rests


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    One coefficient or length. `name`: a blendshape (without Left, Right if it is paired) or one of
    geometry.MEASURES. It counts from `begin` above rest on; `full` is the strongest there is: for
    a blendshape as it comes, for a length above rest, or as a share of its rest where it is
    `relative`. Negative `full`: it sinks.
    """

    name: str
    full: float
    begin: float = 0.0
    weight: float = 1.0
    paired: bool = True
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    number: int
    label: str
    caution: str
    evidence: tuple[Evidence, ...]
    strongest: bool = False  # of its evidence counts, not the mean
    onset: float = 0.25  # of full strength, at which presence is a half
    expert: bool = True


E = Evidence
BROWS = "A fringe, glasses or raised chin change it; brows move with emphasis in speech."
RARE = "Small and rarely seen by the net; speaking moves the same muscles."
CLOSURE = (E("eyeBlink", 0.7, weight=0.5), E("lids", -0.75, weight=0.5, relative=True))

UNITS = (
    Unit(
        1,
        "inner brow raised",
        BROWS,
        (E("browInnerUp", 0.94, weight=0.5, paired=False), E("brow_inner", 0.16, weight=0.5)),
    ),
    Unit(
        2,
        "outer brow raised",
        BROWS,
        (E("browOuterUp", 0.94, weight=0.5), E("brow_outer", 0.16, weight=0.5)),
    ),
    Unit(
        4,
        "brows lowered",
        "Screen glare, concentration and poor sight lower brows.",
        (E("browDown", 0.74), E("brow_inner", -0.09, 0.015)),
        strongest=True,
        expert=False,
    ),
    Unit(5, "upper lids raised", "Looking up resembles it.", (E("eyeWide", 0.3),)),
    Unit(
        6,
        "cheeks raised",
        "Told by the lower lids that cheeks push up; lids that tighten by themselves (AU7) do so, "
        "too.",
        (E("lower_lid", 0.06, 0.01),),
        expert=False,
    ),
    Unit(
        7,
        "lids tightened",
        "Raised cheeks (AU6) narrow the eyes, too, and so do light and looking down.",
        (E("eyeSquint", 0.76),),
    ),
    Unit(
        9,
        "nose wrinkled",
        "The net leaves noseSneer at zero: only the wings of the nose tell, and weakly.",
        (E("wing", 0.06, 0.02),),
    ),
    Unit(10, "upper lip raised", "Smiling and speaking raise it, too.", (E("mouthUpperUp", 0.8),)),
    Unit(
        12,
        "lip corners raised",
        "A movement, not a feeling; speech can show it.",
        (E("mouthSmile", 0.95),),
        expert=False,
    ),
    Unit(14, "dimples", RARE, (E("mouthDimple", 0.16),)),
    Unit(15, "lip corners lowered", RARE, (E("mouthFrown", 0.45),)),
    Unit(17, "chin raised", RARE, (E("mouthShrugLower", 0.5, paired=False),)),
    Unit(20, "lips stretched", RARE, (E("mouthStretch", 0.72),)),
    Unit(
        23,
        "lips tightened",
        "Told by lips that grow thin; a smile and a lowered head make them thin, too.",
        (
            E("upper_lip", -0.4, 0.01, 0.5, relative=True),
            E("lower_lip", -0.4, 0.01, 0.5, relative=True),
        ),
    ),
    Unit(24, "lips pressed", RARE, (E("mouthPress", 0.32),)),
    Unit(
        25,
        "lips parted",
        "Speaking and breathing part the lips, too.",
        (E("lips", 0.25),),
        expert=False,
    ),
    Unit(
        26,
        "jaw dropped",
        "Speaking drops the jaw, too.",
        (E("jawOpen", 0.73, paired=False),),
        expert=False,
    ),
    Unit(
        28,
        "lips sucked in",
        RARE,
        (
            E("mouthRollLower", 0.38, weight=0.5, paired=False),
            E("mouthRollUpper", 0.27, weight=0.5, paired=False),
        ),
    ),
    Unit(
        43,
        "eyes shut",
        "Shut for most of the second; looking down resembles it.",
        CLOSURE,
        onset=0.5,
        expert=False,
    ),
    Unit(
        45,
        "blink",
        "The deepest closing of the lids in the second, over how they were for most of it.",
        CLOSURE,
        onset=0.4,
        expert=False,
    ),
)
NUMBERS = tuple(unit.number for unit in UNITS)
MIDDLING = ("brow_inner", "brow_outer", "lids", "wing", "upper_lip", "lower_lip")  # go both ways
