"""The SDK's TextBuilder and our Utterance have the same sent, but for what text_builder.json lists with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import field, frozen
from deepgram.helpers import TextBuilder, add_pronunciation, ssml_to_deepgram

from tests.text.rendered import received
from voxbridge import Lexicon, Utterance, VoxbridgeError
from voxbridge_deepgram.emulator._refusals import Refusal
from voxbridge_deepgram.emulator._text import read_text


HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "vectors.json").read_text("utf-8"))["text_builder"]["cases"]
CASES = [case for case in RECORDED if not case["input"].startswith(("vi(", "vp("))]  # these two only validate
DIFFERENCES = {each["input"]: each for each in json.loads((HERE / "text_builder.json").read_text("utf-8"))}


@frozen
class Builder:
    """Our Utterance with the names of the SDK's TextBuilder."""

    utterance: Utterance = field(factory=Utterance)

    def text(self, content):
        return Builder(self.utterance.text(content))

    def pronunciation(self, word, ipa):
        return Builder(self.utterance.pronounce(word, ipa))

    def pause(self, milliseconds):
        return Builder(self.utterance.pause(milliseconds / 1000))

    def from_ssml(self, text):
        document = text if text.startswith("<speak") else f"<speak>{text}</speak>"
        return Builder(self.utterance + Utterance.from_ssml(document))

    def build(self):
        return received("deepgram", self.utterance)


def our_pronunciation(text, word, ipa):
    return received("deepgram", text, lexicon=Lexicon.of({"text": word, "ipa": ipa, "case": True}))


def built(case, builder, pronounce, from_ssml):
    """Return what an input of the recordings gives, which is Python with short names."""

    def repeated(count, add):
        made = builder()
        for _ in range(count):
            made = add(made)
        return made

    def pauses(count):
        return repeated(count, lambda made: made.pause(500).text("a"))

    def pronunciations(count):
        return repeated(count, lambda made: made.pronunciation("a", "b"))

    names = {"T": builder, "ap": pronounce, "s2d": from_ssml, "P": pauses, "N": pronunciations, "B": pauses(8)}
    made = eval(case["input"], names)  # noqa: S307  # it is our own file
    return made.build() if hasattr(made, "build") else made


def theirs(case):
    return built(case, TextBuilder, add_pronunciation, ssml_to_deepgram)


def ours(case):
    return built(case, Builder, our_pronunciation, lambda text: Builder().from_ssml(text).build())


def accepted(text):
    """Return whether Aura takes a text as the builder meant it."""
    try:
        read_text(text, controls=True).check(500)
    except Refusal:
        return False
    return r"\{pause:" not in text and len(text) <= 2000


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["input"])
def test_the_sdk_still_does_as_was_recorded(case):
    if "output" in case:
        assert theirs(case) == case["output"]
        return
    with pytest.raises(ValueError, match=r".") as caught:
        theirs(case)
    assert str(caught.value) == case["message"]


@pytest.mark.parametrize(
    "case", [each for each in CASES if each["input"] not in DIFFERENCES], ids=lambda case: case["input"]
)
def test_the_same_is_sent_or_refused(case):
    if "output" not in case:
        with pytest.raises(VoxbridgeError):
            ours(case)
        return
    sent = ours(case)
    assert sent.texts == ((case["output"],) if case["output"] else ())
    assert (sent.pauses, sent.lost) == ((), ())


@pytest.mark.parametrize("case", DIFFERENCES.values(), ids=lambda case: case["input"])
def test_what_differs_is_listed_with_its_reason(case):
    assert case["reason"]
    if "refused" in case:
        with pytest.raises(VoxbridgeError) as caught:
            ours(case)
        assert type(caught.value).__name__ == case["refused"]
        return
    sent = ours(case)
    assert list(sent.texts) == case.get("texts", list(sent.texts))
    assert [len(text) for text in sent.texts] == case.get("lengths", [len(text) for text in sent.texts])
    assert (list(sent.pauses), sent.lost) == (case.get("pauses", []), ())


def test_of_the_cases_that_aura_takes_few_differ():
    """And those for a reason of principle: plain text is only words, and nothing is lost without a word."""
    taken = {case["input"] for case in CASES if "output" in case and accepted(case["output"])}
    assert set(DIFFERENCES) <= {case["input"] for case in CASES}
    assert (len(taken), len(taken & set(DIFFERENCES))) == (15, 6)
