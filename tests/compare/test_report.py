"""The report, read as a browser reads it: whole in itself, locked, labelled, and deaf to what its words say."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest

import voxbridge
from tests.compare.hostile import HOSTILE, comparison_of
from voxbridge import BackendUnavailable, Comparison, UnsupportedFeature, compare
from voxbridge._compare import read
from voxbridge._compare._report import report
from voxbridge.testing import ScriptedBackend


STYLE = Path(voxbridge.__file__).parent / "_compare" / "report" / "report.css"


@pytest.fixture(scope="module")
def found():
    dead = ScriptedBackend([BackendUnavailable("out of order", retryable=False)] * 9, name="dead")
    return compare(["Hello.", "How are you?"], [ScriptedBackend(name="a"), dead, "espeak"], repeat=2)


@pytest.fixture(scope="module")
def tree(found):
    return parsed(report(found))


def parsed(html):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def tags(tree, *names):
    return [element for element in tree.iter() if element.tag in names]


def inside(element):
    return "".join(element.itertext())


def test_each_take_has_its_sound_in_the_file(found, tree):
    sounds = [
        base64.b64decode(audio.get("src").removeprefix("data:audio/wav;base64,")) for audio in tags(tree, "audio")
    ]
    assert sorted(sounds) == sorted(done.audio for done in found.done if done.audio)
    assert len(sounds) == 8


def test_each_take_is_a_line_of_the_table(found, tree):
    summary, _, takes = tags(tree, "tbody")
    assert len(tags(takes, "tr")) == len(found.rows) == 12
    assert [inside(tags(row, "th")[0]) for row in tags(summary, "tr")] == ["a", "dead", "espeak"]


def test_what_failed_says_why(tree):
    errors = [inside(p) for p in tags(tree, "p") if p.get("class") == "error"]
    assert len(errors) == 4
    assert all("BackendUnavailable: dead: out of order" in error for error in errors)


def test_its_policy_lets_nothing_run_but_its_own_and_load_nothing_at_all(tree):
    (policy,) = (
        meta.get("content") for meta in tags(tree, "meta") if meta.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    own = {
        name: "'sha256-" + base64.b64encode(hashlib.sha256(inside(element).encode()).digest()).decode() + "'"
        for name in ("style", "script")
        for element in tags(tree, name)
    }
    assert rules == {
        "default-src": "'none'",
        "script-src": own["script"],
        "style-src": own["style"],
        "media-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_in_it_leads_anywhere_else(tree):
    for element in tree.iter():
        for name, value in element.attrib.items():
            if name in {"src", "href", "data", "action", "poster", "srcset", "xlink:href"}:
                assert value.startswith(("#", "data:audio/")), (element.tag, name, value[:40])
            assert name != "style"
            assert not name.startswith("on")
    style = STYLE.read_text("utf-8")
    assert "url(" not in style
    assert "@import" not in style


def shape(tree):
    return [(element.tag, sorted(element.attrib)) for element in tree.iter() if isinstance(element.tag, str)]


@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_make_an_element_or_an_attribute(words):
    hostile = parsed(report(comparison_of(words)))
    assert shape(hostile) == shape(parsed(report(comparison_of("harmless"))))
    assert not [char for char in inside(hostile) if char in "\x1b\x07\u202e\u2066\x00"]
    assert "49" not in inside(tags(hostile, "h3")[0])


def test_no_words_are_lost():
    words = [word for word in HOSTILE if word.isprintable() and "\u202e" not in word]
    for word in words:
        titles = [inside(title) for title in tags(parsed(report(comparison_of(word))), "h3")]
        assert any(f"a {word}" in title for title in titles)


def test_everything_that_can_be_used_has_a_name(tree):
    for control in tags(tree, "button"):
        assert control.get("aria-label") or inside(control).strip()
    for slider in (element for element in tree.iter() if element.get("role") == "slider"):
        assert slider.get("aria-label")
        assert slider.get("tabindex") == "0"
        assert {"aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext"} <= set(slider.attrib)
    (box,) = tags(tree, "input")
    assert any(box in label.iter() for label in tags(tree, "label"))
    assert tags(tree, "html")[0].get("lang") == "en"
    assert tags(tree, "title")[0].text == "Voices compared"


def test_its_parts_are_named_once_and_headings_leave_no_step_out(tree):
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert set(ids.values()) == {1}
    for element in tree.iter():
        for reference in (element.get("aria-labelledby"), (element.get("href") or "").removeprefix("#")):
            assert not reference or reference in ids
    levels = [int(heading.tag[1]) for heading in tags(tree, "h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(heading.get("scope") in {"col", "row"} for heading in tags(tree, "th"))


def light(colour):
    """Relative luminance, as WCAG 2.2 has it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    bright, dim = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_its_colours_are_told_apart(scheme):
    """WCAG 2.2: 4.5 for text, 3 for what is drawn and for the edges of controls."""
    block = re.findall(r":root \{(.*?)\}", STYLE.read_text("utf-8"), re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    for ground in (colours["page"], colours["raised"]):
        for name in ("text", "muted", "error", "accent"):
            assert contrast(colours[name], ground) >= 4.5, (name, ground)
        for name in ("control", *(f"c{number}" for number in range(8))):
            assert contrast(colours[name], ground) >= 3, (name, ground)
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


def test_what_was_not_said_as_written_stands_beside_the_others():
    tree = parsed(report(comparison_of("dupilumab")))
    changes = [inside(item) for part in tags(tree, "ul") if part.get("class") == "changes" for item in tags(part, "li")]
    assert changes == ["dupilumab dupilumab: dupilumab"] * 3


def test_takes_without_their_sound_are_told(found, tmp_path):
    tree = parsed(report(read(found.to_json(tmp_path / "x.json"))))
    assert tags(tree, "audio") == []
    assert inside(tree).count("its sound is not kept here") == 8


def test_a_report_of_nothing_but_failures_is_one():
    dead = ScriptedBackend([BackendUnavailable(retryable=False)] * 9)
    tree = parsed(report(compare("Hello.", dead, repeat=1)))
    assert "not known: no take has it" in inside(tree)


def test_compressed_sound_is_shown_and_played_too():
    comparison = compare("Hello.", ScriptedBackend(), repeat=1, format="mp3/24000")
    tree = parsed(report(comparison))
    assert tags(tree, "audio")[0].get("src").startswith("data:audio/mpeg;base64,")
    assert next(path for path in tree.iter() if path.get("class") == "wave").get("d").startswith("M0 ")


def test_without_the_extra_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    comparison = Comparison(comparison_of("x").plan, [])
    with pytest.raises(UnsupportedFeature, match=r"pip install 'voxbridge-tts\[report\]'"):
        comparison.to_html(tmp_path / "x.html")
