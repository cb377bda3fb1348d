"""attune simulate: two scripted people, and the truth about them, written to files."""

from pathlib import Path
from typing import Annotated, Any

import typer

NETWORK = 'What it did: "loss=5% burst=3 jitter=15ms reorder=2% duplicate=1% blackout=3s@10s".'


def register(app: typer.Typer) -> None:
    app.command(help="Write a simulated session of two people, with known ground truth.")(simulate)


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write to.")],
    seconds: Annotated[float, typer.Option(help="How long.", min=5, max=7_200)] = 60,
    seed: Annotated[int, typer.Option(help="Same seed, same session.", min=0)] = 1,
    size: Annotated[str, typer.Option(help="Of the pictures, width x height.")] = "640x480",
    fps: Annotated[int, typer.Option(help="Pictures per second.", min=5, max=60)] = 25,
    script: Annotated[Path | None, typer.Option(help="A script.json to play instead.")] = None,
    stereo: Annotated[bool, typer.Option(help="One WAV, a person per channel.")] = False,
    network: Annotated[str, typer.Option(help=NETWORK)] = "",
    force: Annotated[bool, typer.Option(help="Overwrite what is there.")] = False,
) -> None:
    from attunement.engine.errors import AttunementError
    from attunement.gateway.simulating import Order, write
    from attunement.simulator import script_json
    from attunement.simulator.network import Network
    from attunement.simulator.script import Script

    try:
        play = (
            script_json.loads(script.read_text())
            if script is not None
            else Script.generate(seed, seconds)
        )
        order = Order(play, out, _size(size), fps, stereo, Network.parse(network), force)
        with _progress() as bar:
            task = bar.add_task("writing", total=play.seconds * (1 if stereo else 2))
            files = write(order, lambda done: bar.advance(task, done))
    except (AttunementError, OSError) as fault:
        typer.secho(str(fault), err=True, fg="red")
        raise typer.Exit(1) from None
    for path in files:
        typer.echo(path)


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(side) for side in text.split("x"))
    except ValueError:
        width = height = 0
    if not (64 <= width <= 3_840 and 64 <= height <= 2_160) or width % 2 or height % 2:
        raise typer.BadParameter(f"got {text}, expected an even width x height from 64x64 on")
    return width, height


def _progress() -> Any:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
        TimeRemainingColumn(),
    )
