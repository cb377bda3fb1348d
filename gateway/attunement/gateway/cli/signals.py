"""`attune signals`: what can be measured, in words."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from attunement.engine.signal import Spec, StageSpec

COLUMNS = ("name", "label", "unit", "range", "group", "source")


def register(app: typer.Typer) -> None:
    app.command("signals")(signals)


def signals(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="As docs/signals.md.")] = False,
    card: Annotated[str | None, typer.Option(help="All about one signal.")] = None,
) -> None:
    """List every signal: name, unit, range, where it comes from, what to beware of."""
    import json

    from attunement.pipelines.catalog import CATALOG, EXPERIMENTS

    stages = (*CATALOG, *EXPERIMENTS.values())
    listed = [(stage, spec) for stage in stages for spec in stage.signals]
    if card is not None:
        listed = [(stage, spec) for stage, spec in listed if spec.name == card]
        if not listed:
            typer.echo(f"got --card {card}, expected a name that `attune signals` lists", err=True)
            raise typer.Exit(2)
    if as_json:
        typer.echo(json.dumps([_plain(*each) for each in listed], indent=2, ensure_ascii=False))
    elif markdown:
        typer.echo(_markdown(listed), nl=False)
    elif card is not None:
        _show_card(*listed[0])
    else:
        _show_table(listed)


def _plain(stage: "StageSpec", spec: "Spec") -> dict[str, Any]:
    import dataclasses

    return {
        **dataclasses.asdict(spec),
        "group": stage.group.value,
        "scope": stage.scope.value,
        "stage": stage.name,
        "needs": list(stage.needs),
        "experiment": _experiment(stage),
    }


def _show_table(listed: "list[tuple[StageSpec, Spec]]") -> None:
    import textwrap

    from rich.console import Console
    from rich.table import Table

    rows = [
        (spec.name, spec.label, _unit(spec), _range(spec), stage.group.value, spec.card.source)
        for stage, spec in listed
    ]
    console = Console()
    widths = [max(len(row[i]) for row in (COLUMNS, *rows)) for i in range(len(COLUMNS) - 1)]
    left = max(20, console.width - sum(widths) - 3 * len(COLUMNS) - 1)  # for the source
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*row[:-1], textwrap.shorten(row[-1], left, placeholder=" …"))
    console.print(table)


def _unit(spec: "Spec") -> str:
    return "" if spec.unit == "1" else spec.unit


def _range(spec: "Spec") -> str:
    return f"{spec.low:,.10g} to {spec.high:,.10g}"


def _show_card(stage: "StageSpec", spec: "Spec") -> None:
    from rich.console import Console

    console = Console()
    console.print(f"[bold]{spec.name}[/bold]  {spec.label}", highlight=False)
    for word, text in _card(stage, spec):
        console.print(f"[dim]{word:<10}[/dim] {text}", highlight=False, soft_wrap=True)


def _card(stage: "StageSpec", spec: "Spec") -> list[tuple[str, str]]:
    lines = [
        ("measures", spec.card.measures),
        ("evidence", spec.card.evidence),
        ("caution", spec.card.caution),
        ("source", spec.card.source),
        ("range", f"{_range(spec)} {_unit(spec)}".rstrip()),
        ("group", stage.group.value),
    ]
    if spec.expert:
        lines.append(("shown", "folded away, for those who know the field"))
    if stage.needs:
        lines.append(("model", ", ".join(stage.needs)))
    asked = _experiment(stage)
    if asked:
        lines.append(("asked for", f"off without --experiment {asked}"))
    return lines


def _experiment(stage: "StageSpec") -> str | None:
    """The name by which it has to be asked for; None: it is always on."""
    from attunement.pipelines.catalog import EXPERIMENTS

    return next((name for name, one in EXPERIMENTS.items() if one is stage), None)


def _markdown(listed: "list[tuple[StageSpec, Spec]]") -> str:
    lines = [
        "# Signals",
        "",
        "Written by `attune signals --markdown`; the catalog in the code is the source.",
        "Every value comes with its quality (0 to 1) and its evidence, or with the reason why",
        "there is none.",
    ]
    group = None
    for stage, spec in listed:
        here = "experiments, off unless asked for" if _experiment(stage) else stage.group.value
        if here != group:
            group = here
            lines += ["", f"## {group}"]
        lines += ["", f"### {spec.name}", "", f"**{spec.label}**", ""]
        lines += [f"- {word}: {text}" for word, text in _card(stage, spec)]
    return "\n".join(lines) + "\n"
