"""Playing sound on this machine's default output (extra ``play``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .exceptions import UnsupportedFeature


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


__all__ = ["open_output", "play"]


def play(blocks: Iterable[NDArray[np.int16]], sample_rate: int) -> None:
    """Play mono sound as it comes, and wait for its end. The output is open before the first block is asked for.

    Args:
        blocks: signed 16-bit samples, each of shape ``(n,)``.
        sample_rate: Hz.

    Raises:
        UnsupportedFeature: nothing can be played here; the message says what to install.
    """
    with open_output(sample_rate) as write:
        for block in blocks:
            write(block)


@contextmanager
def open_output(sample_rate: int) -> Iterator[Callable[[NDArray[np.int16]], object]]:
    """Open the default output for mono sound; what is written is played, and the end waits for the last of it.

    Arguments and errors as of `play`.
    """
    sounddevice = _sounddevice()
    try:
        output = sounddevice.OutputStream(samplerate=sample_rate, channels=1, dtype="int16")
    except sounddevice.PortAudioError as error:
        raise UnsupportedFeature(f"this machine has no sound output: {error}") from None
    with output:
        yield output.write


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError:
        raise UnsupportedFeature("playing needs: pip install 'voxbridge-tts[play]'") from None
    except OSError:  # the package is there, and the library that it loads is not
        raise UnsupportedFeature(
            "playing needs PortAudio: apt install libportaudio2, or brew install portaudio"
        ) from None
    return sounddevice
