"""The same from the same seed, plenty in little time, and refused where it makes no sense."""

import json

import pytest

from attunement.simulator.errors import BadScript
from attunement.simulator.script import Script
from attunement.simulator.script_json import dumps, loads


def test_the_same_seed_writes_the_same_session() -> None:
    assert Script.generate(7, 20) == Script.generate(7, 20)
    assert Script.generate(7, 20) != Script.generate(8, 20)


@pytest.mark.parametrize("seed", range(8))
def test_twenty_seconds_hold_changes_of_the_floor_an_overlap_blinks_smiles_and_pauses(
    seed: int,
) -> None:
    script = Script.generate(seed, 20)
    turns = sorted(
        (spoken.begin, spoken.end, part.name) for part in script.parts for spoken in part.utterances
    )
    changes = [b[0] - a[1] for a, b in zip(turns, turns[1:], strict=False) if a[2] != b[2]]
    assert len(changes) >= 4
    assert min(changes) < -0.2
    assert any(a[2] == b[2] and b[0] - a[1] > 0.3 for a, b in zip(turns, turns[1:], strict=False))
    for part in script.parts:
        assert 4 <= len(part.blinks) <= 10
        assert part.smiles


def test_a_script_comes_back_from_json_as_it_was() -> None:
    script = Script.generate(3, 30)
    assert loads(dumps(script)) == script


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("seconds",), -1, "seconds: got -1.0, expected more than 0, at most a day"),
        (("seed",), "x", "script.seed: got 'x', expected a whole number"),
        (("parts", 0, "pulse"), None, "script.parts[0].pulse: got null, expected a number"),
        (
            ("parts", 0, "utterances", 0, "level"),
            3,
            "therapist.utterances[0].level: got 3.0, expected -60 to -6",
        ),
    ],
)
def test_a_script_that_cannot_be_played_is_refused_with_a_sentence(
    path: tuple[str | int, ...], value: object, sentence: str
) -> None:
    plain = json.loads(dumps(Script.generate(1, 20)))
    inner = plain
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(BadScript) as caught:
        loads(json.dumps(plain))
    assert str(caught.value) == sentence
