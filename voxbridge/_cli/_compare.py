"""``voxbridge compare``: voices by number and by ear."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._compare_files import Files
from ._completion import BACKEND, FILE
from ._errors import INTERRUPTED, Failed, Misused, note


if TYPE_CHECKING:
    from voxbridge import Comparison
    from voxbridge._compare import Plan


__all__ = ["compare"]

_EXAMPLES = """\b
Examples:
  voxbridge compare "Your train leaves at 7:45." --backends deepgram,deepdub,espeak -o report.html
  voxbridge compare --script demo --backends deepgram,espeak/en-gb --csv takes.csv
  voxbridge compare --script lines.txt --backends deepgram --repeat 20 --fail-if "deepgram.first_audio.p95 > 0.8"
  voxbridge compare --resume comparison.json -o report.html

\b
A condition is TARGET.MEASURE.median or .p95, a sign such as > and a number; or TARGET.errors. Times are in seconds.
The measures are the columns of --csv.

\b
Exit status: 0 done, 1 a condition holds or nobody could speak, 2 the command line is wrong or a file cannot be
written, 130 interrupted; the finished takes are kept.
"""


def _names(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    return None if value is None else [name.strip() for name in value.split(",") if name.strip()]


@click.command(epilog=_EXAMPLES)
@click.argument("text", required=False)
@click.option("--script", type=FILE, help="Texts, one on each line; or `demo`: 20 lines that are hard to say.")
@click.option(
    "--backends",
    "targets",
    type=BACKEND,
    callback=_names,
    metavar="TARGET,...",
    help="Who speaks: backend, or backend/voice.",
)
@click.option("--repeat", type=click.IntRange(1), metavar="N", help="Takes of each text and target.  [default: 3]")
@click.option("--cold", is_flag=True, help="Each take on connections of its own; else they are opened ahead.")
@click.option("--seed", type=int, metavar="N", help="Decides the order of the takes.  [default: 0]")
@click.option("-o", "--output", type=FILE, help="Write a report: HTML, to listen to and to vote in.")
@click.option("--json", type=FILE, help="Write rows and summary as JSON.")
@click.option("--csv", type=FILE, help="Write the rows as CSV.")
@click.option("--fail-if", "conditions", multiple=True, metavar="EXPR", help="Exit with 1 where this is so.")
@click.option("--resume", type=FILE, help="Go on with a comparison that was interrupted.")
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    *,
    conditions: Sequence[str],
    resume: str | None,
    output: str | None,
    json: str | None,
    csv: str | None,
    **asked: Any,
) -> None:
    """Compare voices.

    Each of them speaks TEXT, or each line of a script. What was measured goes to stdout as a table, all of it to the
    files that are asked for.
    """
    from voxbridge._compare import Condition, read

    try:
        before = None if resume is None else read(resume)
    except OSError as error:
        raise Misused(f"cannot read {resume}: {error.strerror or error}") from None
    plan = _plan(before.plan if before else None, **asked)
    wanted = [Condition.parse(condition, [target.label for target in plan.targets]) for condition in conditions]
    files = Files(report=output, json=json or resume, csv=csv)
    files.check()
    comparison, whole = _speak(plan, before)
    if not whole:
        files.keep(comparison)
        ctx.exit(INTERRUPTED)
    written = files.write(comparison)
    _show(comparison)
    found = [fact for condition in wanted if (fact := condition.found(comparison.summary))]
    if found:
        raise Failed("\n".join(found))
    if all(row["error"] for row in comparison.rows):
        raise Failed("nobody could speak")
    if not written:
        ctx.exit(Misused.exit_code)


def _plan(
    before: Plan | None, *, text: str | None, script: str | None, targets: list[str] | None, cold: bool, **more: Any
) -> Plan:
    """Return what is asked for; of a comparison that goes on, nothing needs to be said again."""
    from voxbridge._compare import FORMAT, Plan

    if text is not None and script is not None:
        raise Misused("give a text or --script, not both")
    texts = _lines(script) if script is not None else [text] if text is not None else None
    if before is None and texts is None:
        raise Misused("there is nothing to say: give a text, or --script with a file of lines (`--script demo` has 20)")
    if before is None and not targets:
        raise Misused("say who is to be compared: --backends deepgram,espeak; `voxbridge backends` lists them")
    given = {"texts": texts, "targets": targets, "warm": False if cold else None, **more}
    if before is None:
        usual = {"repeat": 3, "seed": 0, "warm": True, "format": FORMAT}
    else:
        usual = {name: getattr(before, name) for name in ("texts", "repeat", "seed", "warm", "format")}
        usual["targets"] = [target.speaker for target in before.targets]
    plan = Plan.of(**{**usual, **{name: value for name, value in given.items() if value is not None}})
    if before is not None and plan != before:
        other = next(name for name in given if getattr(plan, name) != getattr(before, name))
        raise Misused(f"the comparison to go on with has other {other}: leave out all but --resume and the files")
    return plan


def _lines(script: str) -> list[str]:
    from voxbridge._compare import demo

    if script == "demo":
        return demo()
    try:
        lines = Path(script).read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise Misused(f"cannot read {script}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise Misused(f"{script} is not UTF-8, at byte {error.start}") from None
    texts = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not texts:
        raise Misused(f"{script} has no lines")
    return texts


def _speak(plan: Plan, before: Comparison | None) -> tuple[Comparison, bool]:
    """Return what was spoken, in the order of the plan, and whether it is all of it."""
    from voxbridge import Comparison
    from voxbridge._compare import speak

    done = list(before.done) if before else []
    order = {take: number for number, take in enumerate(plan.takes())}
    whole = True
    try:
        with closing(speak(plan, {each.take for each in done})) as takes, _progress(len(order), len(done)) as advance:
            for take in takes:
                done.append(take)
                advance()
    except KeyboardInterrupt:
        whole = False
    return Comparison(plan, sorted(done, key=lambda each: order[each.take])), whole


@contextmanager
def _progress(total: int, done: int) -> Iterator[Callable[[], object]]:
    """Show how many takes were spoken and how long the rest will last, on a terminal; elsewhere be silent."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("speaking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("left"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total, completed=done)
        yield lambda: progress.advance(task)


def _show(comparison: Comparison) -> None:
    """Print the medians, and tell of what failed."""
    from voxbridge._compare import visible

    head = [
        "target",
        "takes",
        "errors",
        "first audio",
        "p95",
        "total",
        "real time",
        "words/min",
        "LUFS",
        "1k characters",
    ]
    rows = [head]
    for label, facts in comparison.summary.items():
        first = facts["first_audio"]
        cost = facts["cost_of_1k_characters"]
        rows.append(
            [
                visible(label),
                str(facts["takes"]),
                str(facts["errors"]),
                _figure(first["median"], "{:.3f} s"),
                _figure(first["p95"], "{:.3f} s"),
                _figure(facts["total"]["median"], "{:.3f} s"),
                _figure(facts["real_time_factor"]["median"], "{:.3f}"),
                _figure(facts["words_per_minute"]["median"], "{:.0f}"),
                _figure(facts["loudness"]["median"], "{:.1f}"),
                _figure(cost, f"{{:.4f}} {facts['currency']}"),
            ]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        click.echo("  ".join(cells))
    for label, error in dict.fromkeys((row["backend"], row["error"]) for row in comparison.rows if row["error"]):
        note(f"{visible(label)} failed: {' '.join(visible(error).split())}")


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)
