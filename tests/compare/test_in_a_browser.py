"""The report in a real browser: ``nox -s report``, which finds one; else it is skipped."""

from __future__ import annotations

import json
import time

import pytest

from tests.compare.browser import chosen, page
from tests.compare.hostile import HOSTILE, comparison_of
from voxbridge import BackendUnavailable, compare
from voxbridge.testing import ScriptedBackend


pytestmark = pytest.mark.skipif(chosen() is None, reason="set VOXBRIDGE_CHROMIUM to the path of a Chromium")
TEXTS = ["Hello there, how are you today?", "The train leaves at a quarter to eight."]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    dead = ScriptedBackend([BackendUnavailable("out of order", retryable=False)] * 9, name="dead")
    loud = ScriptedBackend(name="loud")
    return compare(TEXTS, [loud, "espeak/en-us", dead], repeat=2).to_html(tmp_path_factory.mktemp("report") / "x.html")


@pytest.fixture(scope="module")
def browser():
    with page(chosen()) as opened:
        yield opened


@pytest.fixture
def opened(browser, path):
    """The report, just opened; nothing may be amiss in the end."""
    browser.log.clear()
    browser.requests.clear()
    browser.size(1280, 900)
    browser.open(path)
    yield browser
    assert browser.log == []
    outside = [url for url in browser.requests if not url.startswith(("file:", "data:", "blob:"))]
    assert outside == []


def until(opened, script):
    """Wait until JavaScript says so."""
    end = time.monotonic() + 5
    while not opened.run(script):
        assert time.monotonic() < end, script
        time.sleep(0.02)


PLAYING = (
    "[...document.querySelectorAll('audio')].map((audio, place) => audio.paused ? null : place)"
    ".filter(Number.isInteger)"
)


def test_a_take_plays_and_another_one_stops_it(opened):
    opened.run("document.querySelectorAll('.play')[0].click()")
    until(opened, "document.querySelectorAll('audio')[0].currentTime > 0.1")
    assert opened.run("document.querySelectorAll('.play')[0].getAttribute('aria-pressed')") == "true"
    until(opened, "Number(document.querySelectorAll('.played')[0].getAttribute('width')) > 0")
    opened.run("document.querySelectorAll('.play')[1].click()")
    until(opened, f"String({PLAYING}) === '1'")
    opened.run("document.querySelectorAll('.play')[1].click()")
    until(opened, f"String({PLAYING}) === ''")


def test_a_waveform_is_a_slider_for_mouse_and_keyboard(opened):
    opened.run("document.querySelectorAll('.seek')[0].scrollIntoView(); document.querySelectorAll('.seek')[0].focus()")
    left, top, width, seconds = opened.run(
        "(() => { const seek = document.querySelectorAll('.seek')[0], place = seek.getBoundingClientRect();"
        " return [place.left, place.top + 10, place.width, Number(seek.getAttribute('aria-valuemax'))] })()"
    )
    for kind in ("mousePressed", "mouseReleased"):
        opened("Input.dispatchMouseEvent", type=kind, x=left + width / 2, y=top, button="left", clickCount=1)
    now = "Number(document.querySelectorAll('.seek')[0].getAttribute('aria-valuenow'))"
    assert opened.run(now) == pytest.approx(seconds / 2, abs=0.1)
    opened.press("ArrowRight")
    assert opened.run(now) == pytest.approx(seconds / 2 + 0.5, abs=0.1)
    opened.press("Home")
    assert opened.run(now) == 0
    opened.press("Enter")
    until(opened, f"String({PLAYING}) === '0'")


def test_takes_of_a_text_play_equally_loud_unless_that_is_not_wanted(opened):
    volumes = (
        "[...document.querySelectorAll('div.take')].map((take) =>"
        " [take.dataset.text, Number(take.dataset.loudness) + 20 * Math.log10(take.querySelector('audio').volume)])"
    )
    opened.run("document.querySelector('.match input').click(); document.querySelector('.match input').click()")
    heard = opened.run(volumes)
    for text in ("0", "1"):
        assert len({round(loudness, 1) for each, loudness in heard if each == text}) == 1
    opened.run("document.querySelector('.match input').click()")
    assert opened.run("Math.min(...[...document.querySelectorAll('audio')].map((audio) => audio.volume))") == 1


def test_a_column_sorts_both_ways_and_what_is_not_known_comes_last(opened):
    column = "[...document.querySelectorAll('#takes tbody tr')].map((row) => row.cells[5].textContent)"
    click = "document.querySelectorAll('#takes thead button')[5].click()"
    for down in (False, True):
        opened.run(click)
        found = opened.run(column)
        known = [float(cell) for cell in found if cell != "–"]
        assert known == sorted(known, reverse=down)
        assert found[len(known) :] == ["–"] * 4
    assert opened.run("document.querySelectorAll('#takes thead th')[5].getAttribute('aria-sort')") == "descending"


def test_votes_are_blind_and_by_keyboard_and_are_saved_as_json(opened, tmp_path):
    opened("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    opened.run("document.querySelector('.panel').focus()")
    opened.press("ArrowLeft")
    assert opened.run("document.querySelector('[role=status]').textContent") == "Listen to both first."
    assert opened.run("/loud|espeak/.test(document.querySelector('.panel').textContent)") is False
    for key in ("ArrowLeft", "ArrowRight", "ArrowDown"):
        for side in "ab":
            opened.press(side)
            until(opened, f"document.querySelector('[data-play={side}]').getAttribute('aria-pressed') === 'true'")
        opened.press(key)
    assert opened.run("document.querySelector('[role=status]').textContent").startswith("3 votes.")
    opened.run("document.querySelector('[data-result]').click()")
    rows = opened.run("[...document.querySelectorAll('.panel tbody tr')].map((row) => row.textContent)")
    assert sorted(row[:-3] for row in rows) == ["espeak/en-us", "loud"]
    assert sum(int(row[-3]) + int(row[-1]) for row in rows) == 4  # one is better and one is worse, in two votes

    opened.run("document.querySelector('[data-export]').click()")
    end = time.monotonic() + 10
    while not (tmp_path / "votes.json").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    contents = json.loads((tmp_path / "votes.json").read_text("utf-8"))
    assert [vote["vote"] for vote in contents["votes"]] == ["a", "b", "same"]
    for vote in contents["votes"]:
        assert {vote["a"]["target"], vote["b"]["target"]} == {"loud", "espeak/en-us"}
        assert vote["text"] in TEXTS
        assert vote["heard"] == {"a": 1, "b": 1}


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(opened, width):
    opened.size(width, 800, phone=width < 500)
    assert opened.run("document.documentElement.scrollWidth") <= width


def test_everything_is_reached_with_the_tab_key_and_shows_that_it_is(opened):
    opened.run("document.querySelector('.play').focus()")
    for expected in ("seek", "play"):
        opened("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        opened("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        assert expected in opened.run("document.activeElement.className")
        assert opened.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_printed_it_has_its_tables_and_no_players(opened):
    opened("Emulation.setEmulatedMedia", media="print")
    shown = "getComputedStyle(document.querySelector('{}')).display"
    assert opened.run(shown.format(".play")) == opened.run(shown.format("#blind")) == "none"
    assert opened.run(shown.format("#takes table")) == "table"
    assert opened("Page.printToPDF")["data"]
    opened("Emulation.setEmulatedMedia", media="")


def test_no_words_of_others_run(browser, tmp_path):
    for number, words in enumerate(HOSTILE):
        browser.log.clear()
        browser.open(comparison_of(words).to_html(tmp_path / f"{number}.html"))
        assert browser.run("document.querySelectorAll('div.take').length") == 3
        assert browser.run("document.querySelectorAll('img, iframe, plaintext, [onload], [onerror]').length") == 0
        assert browser.log == []
