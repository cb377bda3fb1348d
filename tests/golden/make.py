"""Write the golden messages and the JSON Schema anew: python -m tests.golden.make."""

import json

import msgspec

from attunement.gateway import wire
from tests.golden import FOLDER, MESSAGES

SCHEMA = FOLDER.parent.parent / "docs" / "wire.schema.json"


def schema_text() -> str:
    (down, up), components = msgspec.json.schema_components(
        [wire.Down, wire.Up], ref_template="#/$defs/{name}"
    )
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "attunement.v1",
        "down": down,
        "up": up,
        "$defs": components,
    }
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, message in MESSAGES.items():
        (FOLDER / f"{name}.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(message)) + b"\n"
        )
        (FOLDER / f"{name}.msgpack").write_bytes(msgspec.msgpack.encode(message))
    SCHEMA.write_text(schema_text())
