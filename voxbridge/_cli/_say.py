"""``voxbridge say``: speak."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ._completion import BACKEND, FILE
from ._config import config_options
from ._errors import Failed, note
from ._input import read_stdin
from ._output import chosen_format, open_output, progress


if TYPE_CHECKING:
    from voxbridge import Config, SpeechStream, Utterance


__all__ = ["say"]

_EXAMPLES = """\b
Examples:
  voxbridge say "Hello." -o hello.mp3                          the format follows the suffix
  voxbridge say "Hello." --format mulaw/8000 -o call.ulaw      what a telephone wants
  voxbridge say "Guten Tag." --to espeak --language de -o tag.wav
  voxbridge say "Hello." --voice espeak/en-gb -o - | aplay
  some-model | voxbridge say - -o talk.wav                     each sentence as it ends

\b
Formats: NAME or NAME/RATE; wav linear16 mulaw alaw wav-mulaw wav-alaw, and mp3 opus flac aac with
pip install 'voxbridge-tts[codecs]'.
"""


def _options(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Read ``BACKEND.KEY=VALUE``; a value that is JSON, such as 0.4 or true, is that, any other is a word."""
    options: dict[str, dict[str, Any]] = {}
    for setting in values:
        path, equals, value = setting.partition("=")
        backend, _, key = path.partition(".")
        if not (backend and key and equals):
            raise click.BadParameter(f"{setting!r}: write BACKEND.KEY=VALUE, such as deepdub.temperature=0.4")
        try:
            options.setdefault(backend, {})[key] = json.loads(value)
        except ValueError:
            options[backend][key] = value
    return options


@click.command(epilog=_EXAMPLES)
@click.argument("text", metavar="TEXT|-")
@click.option("-o", "--output", type=FILE, help="Write the audio to FILE, or with `-` to stdout; else play it.")
@click.option("--to", "target", type=BACKEND, metavar="TARGET", help="Who speaks: a route, backend or backend/voice.")
@click.option("--voice", metavar="VOICE", help="As `voxbridge voices` lists it, or of the config.")
@click.option("--format", metavar="FORMAT", help="NAME or NAME/RATE; else the suffix of FILE, else wav.")
@click.option("--language", metavar="TAG", help="A BCP 47 tag such as de-AT; else the voice's own.")
@click.option("--speed", type=float, metavar="X", help="1 is the voice's own pace, 2 is twice as fast.")
@click.option("--ssml", "markup", flag_value="ssml", help="TEXT is W3C SSML, not plain words.")
@click.option("--speechmarkdown", "markup", flag_value="speechmarkdown", help="TEXT is Speech Markdown.")
@click.option("--lexicon", type=FILE, multiple=True, help="How words are said: a .toml, .csv or .pls file.")
@click.option("--option", "options", multiple=True, callback=_options, metavar="B.K=V", help="A backend's own setting.")
@click.option("--strict", is_flag=True, help="Fail rather than leave out or approximate anything.")
@click.option("--deadline", type=float, metavar="S", help="Fail after so many seconds.")
@click.option("--play", is_flag=True, help="Play it, also where it is written to FILE.")
@config_options
def say(
    *,
    text: str,
    output: str | None,
    target: str | None,
    format: str | None,
    markup: str | None,
    play: bool,
    config: str | None,
    profile: str | None,
    **call: Any,
) -> None:
    """Speak TEXT into a file, a pipe or the loudspeaker.

    With `-` for TEXT: what comes on standard input, sentence by sentence as it arrives; of a markup when it is whole.
    """
    from voxbridge import Client, Config

    wanted = chosen_format(format, output)
    said = Config.load(config, profile)
    if target is None and said.default is None and call["voice"] is None:
        target = _keyless_target(said)
    # A file is read later, so nothing in it is heard twice, even after a fallback; a listener waits.
    delivery: Any = "live" if output in (None, "-") else "whole"
    try:
        with (
            Client(target, config=said) as client,
            client.stream(_read(text, markup), format=wanted, delivery=delivery, **call) as stream,
        ):
            _speak(stream, output, play=play)
    except BrokenPipeError:  # whoever reads our stdout has had enough: click ends quietly
        raise
    except OSError as error:
        raise Failed(f"cannot write {output}: {error.strerror or error}") from None


def _read(text: str, markup: str | None) -> str | Iterator[str] | Utterance:
    from voxbridge import Utterance

    if markup is None:
        return read_stdin() if text == "-" else text
    read = {"ssml": Utterance.from_ssml, "speechmarkdown": Utterance.from_speechmarkdown}[markup]
    return read("".join(read_stdin()) if text == "-" else text)


def _keyless_target(config: Config) -> str | None:
    """Return espeak where nobody has a key, and say so; None leaves the choice to the library."""
    import voxbridge

    if any(backend.host and not backend.missing() for backend in map(config.backend, config.backends)):
        return None
    ready = [info for info in voxbridge.backends().values() if info.capabilities]
    if any(info.capabilities and not info.capabilities.local for info in ready):
        return None
    if not any(info.name == "espeak" for info in ready):
        return None
    note(
        "no vendor's key is set, so espeak speaks. For a vendor's voice install its backend and set its key, as "
        "`voxbridge backends` says; with `--to espeak` this line is gone."
    )
    return "espeak"


def _speak(stream: SpeechStream, output: str | None, *, play: bool) -> None:
    from voxbridge.audio import wav_header

    with open_output(output, stream.format, play=play) as write, progress() as told:
        spoken = False
        for chunk in stream:
            write(chunk.data)
            told(chunk.offset)
            spoken = True
        if not spoken and stream.format.container == "wav":
            write(wav_header(stream.format, 0))
    if not spoken:
        note("there was nothing to say in the text")
    for degradation in stream.report.degradations:
        words = f" of {degradation.text!r}" if degradation.text else ""
        note(f"{degradation.backend}: {degradation.feature}{words} {degradation.done}")
    for warning in stream.report.warnings:
        note(f"{warning.backend} warns: {warning.message} ({warning.code})")
