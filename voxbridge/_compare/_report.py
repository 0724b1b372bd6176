"""The report: one HTML file with all that it needs in it, which loads nothing and lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from voxbridge._speech import Speech
from voxbridge.exceptions import UnsupportedFeature

from ._drawing import SCALE, WAVE, Axis, axis, wave
from ._take import Done
from ._visible import visible


if TYPE_CHECKING:
    from ._comparison import Comparison


__all__ = ["demand_template", "report"]

_FOLDER = Path(__file__).parent / "report"
_COLOURS = 8  # that report.css has; then they begin again


def demand_template() -> None:
    """Raise `UnsupportedFeature` where no report can be made."""
    if importlib.util.find_spec("jinja2") is None:
        raise UnsupportedFeature("a report needs the extra `report`: pip install 'voxbridge-tts[report]'")


def report(comparison: Comparison) -> str:
    """Return the HTML of a comparison.

    Raises:
        UnsupportedFeature: the extra ``report`` is not installed.
    """
    demand_template()
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,  # what is not `Markup`
    )
    environment.filters["figure"] = _figure
    style, script = ((_FOLDER / name).read_text("utf-8") for name in ("report.css", "report.js"))
    return environment.get_template("report.html").render(
        style=Markup(style),  # noqa: S704  # our own files, which hold no user's words
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
        meta=comparison.meta,
        targets=_targets(comparison),
        texts=_texts(comparison),
        charts=_charts(comparison),
        scale=SCALE,
        wave=WAVE,
    )


def _hash(text: str) -> str:
    """Return what the content policy lets an inline element be known by (CSP level 3, hash sources)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@frozen
class _Target:
    label: str
    colour: int
    facts: dict[str, Any]
    changes: int


@frozen
class _Take:
    """A take, with what is needed to show and play it."""

    colour: int
    target: int
    label: str
    text: int
    row: dict[str, Any]
    path: str
    source: str
    """A ``data:`` URI; empty where there is no sound."""


@frozen
class _Text:
    words: str
    columns: list[tuple[_Target, list[_Take], list[dict[str, Any]]]]
    """For each target its takes, and what it did not say as asked, each once."""


@frozen
class _Lane:
    """A target's line in a chart: places of its takes, of the median and the percentile."""

    target: _Target
    dots: list[float]
    median: float | None
    p95: float | None
    figures: str


@frozen
class _Chart:
    title: str
    note: str
    unit: str
    bars: bool
    axis: Axis
    lanes: list[_Lane]


def _targets(comparison: Comparison) -> list[_Target]:
    changes = [0] * len(comparison.plan.targets)
    for done in comparison.done:
        changes[done.take.target] += len(done.row["degradations"])
    return [
        _Target(label, number % _COLOURS, facts, changes[number])
        for number, (label, facts) in enumerate(comparison.summary.items())
    ]


def _texts(comparison: Comparison) -> list[_Text]:
    targets = _targets(comparison)
    takes = _takes(comparison, targets)
    texts = []
    for number, text in enumerate(comparison.plan.texts):
        columns = []
        for index, target in enumerate(targets):
            own = sorted(
                (take for take in takes if (take.text, take.target) == (number, index)),
                key=lambda take: take.row["take"],
            )
            lost = [change for take in own for change in take.row["degradations"]]
            columns.append((target, own, [change for place, change in enumerate(lost) if change not in lost[:place]]))
        texts.append(_Text(str(text), columns))
    return texts


def _takes(comparison: Comparison, targets: Sequence[_Target]) -> list[_Take]:
    sounds = [_samples(comparison, done) for done in comparison.done]
    loudest = max((int(abs(sound.astype("int32")).max()) for sound in sounds if sound.size), default=0)
    kind = comparison.plan.format.content_type
    return [
        _Take(
            colour=targets[done.take.target].colour,
            target=done.take.target,
            label=targets[done.take.target].label,
            text=done.take.text,
            row=done.row,
            path=wave(sound, loudest),
            source=f"data:{kind};base64,{base64.b64encode(done.audio).decode()}" if done.audio else "",
        )
        for done, sound in zip(comparison.done, sounds, strict=True)
    ]


def _samples(comparison: Comparison, done: Done) -> Any:
    import numpy as np

    if not done.audio:
        return np.zeros(0, np.int16)
    speech = Speech(format=comparison.plan.format, duration=0.0, voice=None, backend=None, audio=done.audio)
    try:
        return speech.samples()
    except UnsupportedFeature:  # without the extra `codecs` there is no drawing of what is compressed
        return np.zeros(0, np.int16)


def _charts(comparison: Comparison) -> list[_Chart]:
    return [
        _strip(comparison, "first_audio", "Time to first audio", "Each thin line is a take."),
        _strip(comparison, "total", "Time to the end of the audio", "Each thin line is a take."),
        _bars(comparison),
    ]


def _strip(comparison: Comparison, measure: str, title: str, note: str) -> _Chart:
    rows = [(done.take.target, done.row[measure]) for done in comparison.done if done.row[measure] is not None]
    scale = axis([value for _, value in rows])
    lanes = []
    for number, target in enumerate(_targets(comparison)):
        facts = target.facts[measure]
        known = facts["median"] is not None
        lanes.append(
            _Lane(
                target,
                dots=[scale.at(value) for index, value in rows if index == number],
                median=scale.at(facts["median"]) if known else None,
                p95=scale.at(facts["p95"]) if known else None,
                figures=f"median {facts['median']:.3f} s, 95th percentile {facts['p95']:.3f} s, {facts['takes']} takes"
                if known
                else "not known: no take has it",
            )
        )
    return _Chart(title, note, "s", bars=False, axis=scale, lanes=lanes)


def _bars(comparison: Comparison) -> _Chart:
    targets = _targets(comparison)
    costs = [target.facts["cost_of_1k_characters"] for target in targets]
    scale = axis([cost for cost in costs if cost is not None])
    lanes = [
        _Lane(
            target,
            dots=[],
            median=None if cost is None else scale.at(cost),
            p95=None,
            figures="no price is known" if cost is None else f"{cost:.4f} {target.facts['currency']}",
        )
        for target, cost in zip(targets, costs, strict=True)
    ]
    currencies = sorted({target.facts["currency"] for target in targets} - {None})
    note = "From your config's prices, else the dated list of voxbridge."
    return _Chart("Cost of 1,000 characters", note, " or ".join(currencies), bars=True, axis=scale, lanes=lanes)


def _figure(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
