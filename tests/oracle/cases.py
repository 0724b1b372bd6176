"""What a run of one seed is: who speaks, over which wires, what is said and what goes wrong."""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import frozen

from voxbridge.testing import words_text


TRANSPORTS = {
    "deepgram": ("auto", "http", "websocket"),
    "deepdub": ("auto", "http", "websocket", "streaming"),
}
ERRORS = {  # frames that tell of an error
    "deepgram": '{"type": "Error", "err_code": "NET-0000", "err_msg": "internal error"}',
    "deepdub": '{"error": "internal error"}',
}
FORMATS = (
    *("linear16/24000", "linear16/16000", "mulaw/8000", "wav/16000", "linear16/8000", "alaw/22050"),
    *("mp3", "opus", "flac/16000"),
)
KINDS = ("close", "close", "cut", "stall", "error", "drip", "status", "status", "garbage")
LONG = 30.0  # seconds: more than any run takes


@frozen(kw_only=True)
class Case:
    """A run."""

    seed: int
    client: str
    """``asyncio`` or ``blocking``."""
    members: tuple[tuple[str, str], ...]
    """Vendors and their transports, in order."""
    faults: tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]
    """Of each vendor; mostly the second one has none."""
    resets: bool
    """Whether a socket that is cut is reset, which may take what was sent before with it."""
    how: str
    """``synthesize``, ``whole``, ``pieces`` or ``pushed``."""
    delivery: str
    format: str
    text: str
    retries: int
    patience: float
    """Seconds that a vendor may be silent: more than a busy machine is."""
    deadline: float

    @property
    def said(self) -> str:
        """The text as it is given, word by word where it comes in pieces."""
        return self.text if self.how in {"synthesize", "whole"} else f"{self.text} "

    @property
    def name(self) -> str:
        """Tell it in a line."""
        who = " then ".join("/".join(member) for member in self.members)
        what = "; ".join(
            ", ".join(" ".join(f"{key}={value}" for key, value in fault.items()) for fault in faults) or "well"
            for faults in self.faults
        )
        return (
            f"{self.client} {self.how} {self.delivery} {self.format} {who}, retries={self.retries} "
            f"patience={self.patience} deadline={self.deadline} resets={self.resets}: {what}"
        )


def draw(seed: int) -> Case:
    """Return the run of a seed."""
    random = Random(seed)  # noqa: S311  # it is meant to be repeated
    vendors = random.sample(sorted(TRANSPORTS), 2)
    members = tuple((vendor, random.choice(TRANSPORTS[vendor])) for vendor in vendors)
    how = random.choice(["synthesize", "whole", "pieces", "pushed"])
    text = words_text(random.choice([6, 12, 24, 24]), sentence=random.choice([3, 6, 9]))
    hurried = random.random() < 0.1
    return Case(
        seed=seed,
        client=random.choice(["asyncio", "blocking"]),
        members=members,
        faults=(
            tuple(_fault(random, vendors[0], text) for _ in range(random.choice([1, 1, 1, 2]))),
            tuple(_fault(random, vendors[1], text) for _ in range(random.choice([0, 0, 0, 1]))),
        ),
        resets=random.random() < 0.5,
        how=how,
        delivery="whole" if how == "synthesize" else random.choice(["live", "whole"]),
        format=random.choice(FORMATS),
        text=text,
        retries=random.choice([0, 0, 1]),
        patience=LONG if hurried else 1.5,
        deadline=random.choice([0.3, 0.6]) if hurried else LONG,
    )


def _fault(random: Random, vendor: str, text: str) -> dict[str, Any]:
    kind = random.choice(KINDS)
    fault: dict[str, Any] = {"kind": kind, "on": random.randrange(text.count(".")), "at": round(random.random(), 2)}
    match kind:
        case "close":
            fault["code"] = random.choice([1000, 1011])
        case "error":
            fault |= {"kind": "garbage", "body": ERRORS[vendor]}
        case "drip":
            fault["pace"] = random.choice([0.05, 0.5])
        case "status":
            fault["code"] = random.choice([401, 429, 503])
            if fault["code"] == 429:
                fault["retry_after"] = random.choice([0, 1, 30])
    return fault
