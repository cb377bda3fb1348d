"""The first call need not wait."""

from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.engine.signal import Group, Mode
from attunement.gateway.warm import warm_up
from tests.support.stages import BROKEN, Count, NoModels, counting


def test_every_stage_of_the_catalog_is_made_and_fed_sound_and_pictures() -> None:
    fed: list[str] = []

    class Fed(Count):
        def push(self, frame, /):  # type: ignore[no-untyped-def]
            fed.append(type(frame).__name__)
            return ()

    stages = (
        counting("sound", AudioFrame, stage=Fed),
        counting("pictures", VideoFrame, group=Group.FACE, stage=Fed),
    )
    warm_up(stages, NoModels(), Mode.BEHAVIOUR)
    assert fed.count("AudioFrame") == 100  # two people, 50 blocks each
    assert fed.count("VideoFrame") == 10


def test_a_stage_that_breaks_does_not_keep_the_gateway_from_starting() -> None:
    warm_up((BROKEN,), NoModels(), Mode.BEHAVIOUR)


def test_emotion_models_are_not_loaded_in_behaviour_mode() -> None:
    made: list[str] = []

    class Inferring(Count):
        def __init__(self, name: str) -> None:
            super().__init__(name)
            made.append(name)

    stage = counting("feeling", group=Group.INFERRED, stage=Inferring)
    warm_up((stage,), NoModels(), Mode.BEHAVIOUR)
    assert made == []
    warm_up((stage,), NoModels(), Mode.INFERENCE)
    assert made == ["feeling"]  # the patient's alone
