"""Scripts as JSON, and back, with errors that say where and what."""

import dataclasses
import json
import math
from typing import Any, Literal, get_args, get_origin, get_type_hints

from attunement.simulator.errors import BadScript
from attunement.simulator.script import Script


def dumps(script: Script) -> str:
    return json.dumps(dataclasses.asdict(script), indent=1) + "\n"


def loads(text: str) -> Script:
    """Raises BadScript."""
    try:
        plain = json.loads(text)
    except ValueError as fault:
        raise BadScript("script", f"no JSON ({fault})", "a JSON object") from None
    script = _read(plain, Script, "script")
    assert isinstance(script, Script)
    return script


def _read(value: Any, kind: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _object(value, kind, where)
    if get_origin(kind) is tuple:
        return _tuple(value, get_args(kind), where)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise BadScript(where, repr(value), " or ".join(get_args(kind)))
        return value
    return _scalar(value, kind, where)


def _object(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise BadScript(where, _name(value), "an object")
    hints, fields = get_type_hints(kind), {f.name: f for f in dataclasses.fields(kind)}
    for name in value:
        if name not in fields:
            raise BadScript(where, f"a field {name!r}", "one of " + ", ".join(fields))
    for name, field in fields.items():
        none = field.default is field.default_factory is dataclasses.MISSING
        if name not in value and none:
            raise BadScript(where, f"no {name}", f"a field {name!r}")
    return kind(
        **{name: _read(each, hints[name], f"{where}.{name}") for name, each in value.items()}
    )


def _tuple(value: Any, kinds: tuple[Any, ...], where: str) -> Any:
    if not isinstance(value, list):
        raise BadScript(where, _name(value), "a list")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise BadScript(where, f"{len(value)} of them", f"{len(kinds)}")
    return tuple(
        _read(each, kind, f"{where}[{i}]")
        for i, (each, kind) in enumerate(zip(value, kinds, strict=True))
    )


def _scalar(value: Any, kind: Any, where: str) -> Any:
    accepted = (int, float) if kind is float else (kind,)
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, accepted):
        raise BadScript(where, _name(value), f"a {_NAMES[kind]}")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadScript(where, str(value), "a finite number")
    return kind(value)


_NAMES = {int: "whole number", float: "number", str: "text", bool: "true or false"}


def _name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else repr(value)
