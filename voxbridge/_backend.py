"""What a backend is: it turns a job into an exchange, and says what it can do."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from attrs import field, frozen

from ._exchange import Exchange, HttpRequest, HttpResponse, Pause
from ._models import Degradation, Voice
from ._sample import Consent, Gender, Sample
from .audio import AudioFormat
from .exceptions import UnsupportedFeature


if TYPE_CHECKING:
    from .exceptions import MissingCredentials
    from .text import TextUnit


__all__ = ["Backend", "Call", "Capabilities", "Job", "TextKind", "clones"]

T = TypeVar("T")
Call = Generator[HttpRequest | Pause, HttpResponse | None, T]
"""A request that is not speech, as httpx's ``auth_flow``: yields requests, is sent responses, returns the value."""

TextKind = Literal["synthesize", "stream", "pieces"]

_OTHERS = "`voxbridge backends` says what the others can"


def _formats(values: Sequence[AudioFormat | str]) -> tuple[AudioFormat, ...]:
    return tuple(AudioFormat.parse(value) if isinstance(value, str) else value for value in values)


@frozen(kw_only=True)
class Capabilities:
    """What a backend can do with one voice."""

    formats: tuple[AudioFormat, ...] = field(converter=_formats)
    """What it gives natively; strings such as ``"linear16/24000"`` will do."""
    transports: tuple[str, ...] = ("http",)
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """BCP 47; empty where it does not say."""
    max_characters: int = 2000
    """The longest text of one request."""
    speed: tuple[float, float] | None = None
    """Slowest and fastest, 1.0 being the voice's own pace; None: it has no speed."""
    duration: bool = False
    """Whether the vendor keeps `Job.duration` itself."""
    phonemes: tuple[str, ...] = ()
    """Phonetic alphabets that it takes, such as ``"ipa"``; ``"respelling"`` where English letters are all there is."""
    pauses: bool = False
    clone: bool = False
    local: bool = False
    """Whether it works without a network, so that no region forbids it."""


@frozen(kw_only=True)
class Job:
    """What an exchange is for; the text comes later, unit by unit."""

    voice: Voice
    format: AudioFormat
    """One of the formats that the backend said it gives; the rest is converted."""
    language: str = "en-US"
    speed: float = 1.0
    """Within the backend's range."""
    duration: float | None = None
    """Seconds that the speech should last, where `Capabilities.duration` says that the vendor keeps it itself. The
    whole text is then one unit."""
    options: Mapping[str, Any] = field(factory=dict)
    text_kind: TextKind = "synthesize"
    """``synthesize``: all of it at once, heard when whole; ``stream``: all of it at once, heard as it comes;
    ``pieces``: as it is written."""
    max_characters: int = 2000
    sample: Sample | None = None
    """Whose voice is to be cloned for this job alone. Then ``voice``, here and where `capabilities` and `formats` are
    asked, is none that the vendor knows: its id is ``"sample"`` and it is ``cloned``."""


class Backend:
    """A vendor, or an engine on this machine. Its constructor does no I/O and checks its arguments at once.

    Write `capabilities` and `exchange`; the rest where the vendor has it.
    """

    name: str = ""
    """``[a-z][a-z0-9_]*``; an object may have its own, to tell two accounts apart."""
    region: str | None = None
    host: str | None = None
    """Where it is reached; None on this machine."""
    domains: tuple[str, ...] = ()
    """The vendor's own, such as ``("deepgram.com",)``: what is below them is no stranger's."""
    voice: str | None = None
    """The id of the voice that speaks when none was asked for."""
    options: frozenset[str] = frozenset()
    """The names that ``options={name: {...}}`` may have for it."""
    clone_options: frozenset[str] = frozenset()
    """The names of further arguments that its `clone_voice` takes."""

    @cached_property
    def account(self) -> Hashable:
        """Vendor, fingerprint of the key, and address: what one object finds out of it holds for all with an equal one.

        Unless its constructor sets it, each object has an account of its own.
        """
        return object()

    def capabilities(self, voice: Voice) -> Capabilities:
        """Say what it can do with *voice*. No I/O."""
        raise NotImplementedError

    def transport_of(self, job: Job) -> str:
        """Say over which of its `Capabilities.transports` it does a job; each may fail while another works."""
        return self.capabilities(job.voice).transports[0]

    def exchange(self, job: Job) -> Exchange:
        """Return a new exchange. No I/O."""
        raise NotImplementedError

    def losses(self, job: Job, unit: TextUnit) -> Iterable[Degradation]:
        """Say what would be lost of a text, as it is given to an exchange, beyond what its `Capabilities` tell. No I/O.

        Strict speech asks this of all of a text before any of it is sent.

        Raises:
            UnsupportedUtterance: it cannot be spoken at all.
        """
        return ()

    def formats(self, voice: Voice, text_kind: TextKind, wanted: AudioFormat | None = None) -> Sequence[AudioFormat]:
        """Say which formats it gives natively for a kind of text, where that differs between its transports.

        Args:
            voice: who speaks.
            text_kind: how the text comes.
            wanted: what it will be made into, for a vendor that takes any bit rate of a range.
        """
        return self.capabilities(voice).formats

    def default_voice(self, language: str) -> Voice:
        """Return the voice for *language* when none was asked for."""
        return self.find_voice(self.voice or "default")

    def find_voice(self, id: str) -> Voice:
        """Return the voice of this id. A backend that knows all of its voices raises `VoiceNotFound` for others."""
        return Voice(id=id, backend=self.name)

    def missing(self) -> MissingCredentials | UnsupportedFeature | None:
        """Return the error that speaking would end with on this machine, or None when it is ready."""
        return None

    def voices(self) -> Call[tuple[Voice, ...]]:
        """List its voices."""
        return ()
        yield

    def check(self) -> Call[None]:
        """Prove that it can be reached and lets us in, without speaking; raise what is wrong."""
        return None
        yield

    def submit(self, job: Job, unit: TextUnit, callback: str | None = None) -> Call[str]:
        """Have *unit* spoken in the job's format and delivered to *callback*; return the vendor's id for it.

        Raises:
            UnsupportedFeature: it delivers speech only where it is asked.
        """
        raise UnsupportedFeature(f"{self.name} delivers speech only where it is asked: use synthesize() or stream()")

    def delivered(self, job: Job, id: str) -> Call[tuple[AudioFormat, bytes]]:
        """Wait for what `submit` began, and return its audio with the format that it really has.

        Ask and pause again until it is ready: whoever drives the call has a timeout.

        Args:
            job: what it was submitted with. The audio may be in another format: it is converted.
            id: what `submit` returned.

        Raises:
            UnsupportedFeature: the vendor delivers elsewhere and keeps nothing.
        """
        raise UnsupportedFeature(f"{self.name} delivers to the callback and keeps nothing: take it there")

    def clone_voice(
        self,
        name: str,
        sample: Sample,
        *,
        language: str,
        gender: str | None,
        consent: Consent,
        options: Mapping[str, Any],
    ) -> Call[Voice]:
        """Make a lasting voice from *sample*, private unless an option says otherwise; return it.

        Args:
            name: what it is to be called.
            sample: checked; `Sample.for_formats` is what to send of it.
            language: BCP 47.
            gender: ``"female"``, ``"male"``, ``"neutral"`` or None.
            consent: put onto the voice by the client.
            options: those of `clone_options` that were given.

        Raises:
            UnsupportedFeature: it cannot clone.
        """
        raise UnsupportedFeature(f"{self.name} keeps no voices of yours: {_OTHERS}; or speak in a voice that it has")

    def delete_voice(self, voice: Voice) -> Call[None]:
        """Delete a voice that was cloned.

        Raises:
            UnsupportedFeature: it cannot.
        """
        raise UnsupportedFeature(f"{self.name} cannot delete voices: it has none that were cloned")

    def classify_gender(self, sample: Sample) -> Call[Gender]:
        """Say what gender the voice of *sample* sounds like.

        Raises:
            UnsupportedFeature: it cannot.
        """
        raise UnsupportedFeature(f"{self.name} cannot tell the gender of a voice: {_OTHERS}")

    def __repr__(self) -> str:
        region = f", region={self.region!r}" if self.region else ""
        return f"<{type(self).__name__} {self.name!r}{region}>"


def clones(backend: Backend) -> bool:
    """Return whether a backend can speak in a voice that is not one of its own."""
    return backend.capabilities(backend.default_voice("en-US")).clone
