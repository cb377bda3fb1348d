"""`attune demo`: two simulated people in a real call, measured and shown."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from attunement.gateway import wire
    from attunement.gateway.demo import Received


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    seconds: Annotated[
        int | None, typer.Option(help="End after so many; without: at Ctrl-C.", min=5)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a summary as JSON at the end.")
    ] = False,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0: any that is free.", min=0, max=65535)] = 0,
    seed: Annotated[int, typer.Option(help="Another seed, another conversation.")] = 1,
    models: Annotated[str | None, typer.Option(help="Folder of model files.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the overlay in the browser.")] = False,
) -> None:
    """
    Show the whole path at work: WebRTC in, signals measured, an overlay to look at.

    Two simulated people talk, blink and smile by a script; what they did is known, so with
    --seconds the summary says how right the signals were.
    """
    import asyncio
    import logging

    from attunement.engine.errors import AttunementError

    if as_json and seconds is None:
        raise typer.BadParameter("got --json without --seconds, expected when to end")
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(_demo(seconds, as_json, host, port, seed, models, browser))
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
    except AttunementError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None


async def _demo(
    seconds: int | None,
    as_json: bool,
    host: str,
    port: int,
    seed: int,
    models: str | None,
    browser: bool,
) -> None:
    import json

    from rich.console import Console

    from attunement.gateway.demo import Demo, missing_models
    from attunement.gateway.demo_summary import summarise
    from attunement.gateway.model_files import find_models
    from attunement.gateway.settings import Settings
    from attunement.pipelines.catalog import CATALOG

    screen = Console(stderr=as_json, soft_wrap=True, highlight=False)
    found = find_models(models)
    for sentence in missing_models(CATALOG, found):
        screen.print(f"[yellow]{sentence}[/yellow]")
    screen.print("[dim]warming up: kernels, models, two people[/dim]")

    def ready(url: str) -> None:
        screen.print(f"[bold]overlay[/bold]  {url}")
        if browser:
            import webbrowser

            webbrowser.open(url)

    settings = Settings(host=host, port=port)
    demo = Demo(settings, CATALOG, found, seed=seed, seconds=seconds)
    course = await demo.run(ready, lambda received: screen.print(_line(received)))
    if seconds is not None:
        summary = summarise(course, seed, seconds)
        if as_json:
            typer.echo(json.dumps(summary, indent=2))
        else:
            _show(summary, screen)


def _line(received: "Received") -> str:
    frame = received.frame
    people = "   ".join(f"{who} {_person(person)}" for who, person in frame.people.items())
    gap = frame.dyad.signals.get("dyad.floor_transfer_ms")
    turn = f"   gap {gap.v:.0f} ms" if gap is not None and gap.v is not None else ""
    return f"[bold]{frame.seq:>5}[/bold]  {people}{turn}   [dim]{received.late:.0f} ms[/dim]"


def _person(person: "wire.PersonFrame") -> str:
    speech, pitch = (person.signals.get(f"voice.{name}") for name in ("speech", "f0_hz"))
    talks = "speaks" if speech is not None and (speech.v or 0) >= 0.5 else "      "
    hertz = f"{pitch.v:4.0f} Hz" if pitch is not None and pitch.v is not None else "       "
    face = person.signals.get("face.presence")
    if face is None or face.v is None:
        seen = "" if face is None else str(face.why)
    else:
        seen = "face" if face.v >= 0.5 else "no face"
    return f"{talks} {hertz} {seen:<9}"


def _show(summary: dict[str, Any], screen: Any) -> None:
    from rich.table import Table

    from attunement.gateway.tally import reasons

    table = Table(title=f"{summary['seconds']} seconds", title_justify="left")
    for column in ("who", "signal", "measured", "missing, and why"):
        table.add_column(column)
    for who, signals in summary["signals"].items():
        for name, line in signals.items():
            why = reasons(line["missing"].items())
            table.add_row(who, name, f"{line['measured']:.0%}", why)
    screen.print(table)
    for word in ("latency_ms", "cpu", "dropped", "truth"):
        screen.print(f"[bold]{word}[/bold] {summary[word]}")
