import json

import msgspec
import pytest

from attunement.engine.signal import Group, Mode, Role, Scope, Why
from attunement.gateway import wire
from tests.golden import FOLDER, MESSAGES
from tests.golden.make import SCHEMA, schema_text

every_message = pytest.mark.parametrize("name", MESSAGES)


@every_message
def test_the_golden_json_is_what_we_write_and_read(name: str) -> None:
    golden = (FOLDER / f"{name}.json").read_bytes()
    assert json.loads(golden) == msgspec.to_builtins(MESSAGES[name])
    assert msgspec.json.decode(golden, type=wire.Down) == MESSAGES[name]


@every_message
def test_the_golden_msgpack_is_what_we_write_and_read(name: str) -> None:
    golden = (FOLDER / f"{name}.msgpack").read_bytes()
    assert msgspec.msgpack.encode(MESSAGES[name]) == golden
    assert msgspec.msgpack.decode(golden, type=wire.Down) == MESSAGES[name]


@every_message
def test_a_reader_ignores_fields_it_does_not_know(name: str) -> None:
    newer = msgspec.to_builtins(MESSAGES[name]) | {"since_v2": True}
    assert msgspec.convert(newer, type=wire.Down) == MESSAGES[name]


def test_a_missing_value_has_a_reason_and_no_number() -> None:
    assert msgspec.to_builtins(wire.Value(why=Why.SILENCE.value)) == {"why": "silence"}


def test_the_published_schema_is_the_one_in_the_code() -> None:
    assert SCHEMA.read_text() == schema_text(), "run: python -m tests.golden.make"


def test_the_words_of_the_wire_are_those_of_the_engine() -> None:
    schema = json.loads(schema_text())["$defs"]
    words = {
        "group": (schema["SignalSpec"], Group),
        "scope": (schema["SignalSpec"], Scope),
        "mode": (schema["Policy"], Mode),
        "role": (schema["PersonFrame"], Role),
    }
    for field, (struct, enum) in words.items():
        assert set(struct["properties"][field]["enum"]) == {member.value for member in enum}
