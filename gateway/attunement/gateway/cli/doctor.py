"""`attune doctor`: is everything here that this program needs?"""

from pathlib import Path
from typing import Annotated

import typer

PORT = 8765


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(
    models: Annotated[Path | None, typer.Option(help="Folder of model files.")] = None,
    port: Annotated[int, typer.Option(help="That would be served on.", min=1, max=65535)] = PORT,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check what is needed, one line each; ends with 1 if something that is needed is missing."""
    import dataclasses
    import json

    from attunement.gateway.doctor import examine
    from attunement.gateway.model_files import find_models

    findings = examine(find_models(models), port)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(each) for each in findings], indent=2))
    else:
        for each in findings:
            mark = "ok" if each.ok else "missing" if each.needed else "without"
            typer.echo(f"{mark:<8} {each.what:<20} {each.say}")
    raise typer.Exit(1 if any(each.needed and not each.ok for each in findings) else 0)
