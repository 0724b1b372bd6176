"""What the pages say of backends, formats, errors and names is all there is; and no link leads nowhere."""

from __future__ import annotations

import re

import pytest

import voxbridge
from tests.documents.pages import PAGES, ROOT
from tests.documents.table import PAGES as PAGES_WITH_TABLE
from tests.documents.table import inserted
from voxbridge import AudioFormat, exceptions
from voxbridge.audio._format import _NAMES
from voxbridge.testing._faults import _KINDS
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram


DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def text(page):
    return page.read_text(encoding="utf-8")


def anchors(page):
    """Return what GitHub and mkdocs make of headings."""
    prose = re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_of_a_page_leads_somewhere(page):
    for file, anchor in LINK.findall(text(page)):
        target = (page.parent / file).resolve() if file else page
        assert target.is_file(), f"{page.name} links to {file}, which is not there"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {file}#{anchor}, which is not there"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_example_that_a_page_names_is_there(page):
    for name in re.findall(r"examples/[\w./]+\w", text(page)):
        assert (ROOT / name).exists(), f"{page.name} names {name}"


def test_the_first_page_has_each_example():
    shown = re.findall(r"^\| `(\w+\.py)` \|", text(DOCS / "index.md"), re.MULTILINE)
    assert sorted(shown) == sorted(path.name for path in (ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("page", PAGES_WITH_TABLE, ids=lambda page: page.name)
def test_the_table_of_backends_is_what_they_say_themselves(page):
    assert text(page) == inserted(text(page)), "run: python -m tests.documents.table"


@pytest.mark.parametrize("backend", [Deepgram, Deepdub])
def test_the_page_of_backends_has_each_option(backend):
    section = text(DOCS / "backends.md").partition(f"\n## {backend.__name__}\n")[2].partition("\n## ")[0]
    assert {*backend.options, *backend.clone_options} - set(re.findall(r"`(\w+)(?:=\w+)?`", section)) == set()


def test_the_page_of_tests_has_each_fault():
    assert sorted(set(re.findall(r"^\| `(\w+)` \|", text(DOCS / "testing.md"), re.MULTILINE)) - {"kind"}) == sorted(
        _KINDS
    )


def test_each_page_is_in_the_contents_and_on_the_first_page():
    pages = {page.name for page in DOCS.glob("*.md")}
    assert set(re.findall(r"^  - ([\w-]+\.md)$", text(ROOT / "mkdocs.yml"), re.MULTILINE)) == pages
    assert set(re.findall(r"\(([\w-]+\.md)\)", text(DOCS / "index.md"))) == pages - {"index.md"}
    assert set(re.findall(r"docs/([\w-]+\.md)", text(ROOT / "README.md"))) == pages - {"index.md"}


def test_the_page_of_formats_has_each_with_its_usual_rate():
    rows = re.findall(r"^\| `([\w-]+)` \| .+? \| ([\w' ]+) \|", text(DOCS / "formats.md"), re.MULTILINE)
    rates = {name: AudioFormat(name).sample_rate for name in _NAMES}
    assert dict(rows) == {name: str(rate) if rate else "the backend's" for name, rate in rates.items()}


def test_the_page_of_errors_has_each():
    told = re.findall(r"^\| `(\w+)` \|", text(DOCS / "errors.md"), re.MULTILINE)
    roots = {"VoxbridgeError", "UsageError", "BackendError"}  # which have a heading, or are all of them
    assert sorted({*told, *roots}) == sorted(set(exceptions.__all__) - {"Phase"})
    assert len(told) == len(set(told))


def test_the_reference_has_each_public_name_once():
    listed = re.findall(r"^::: voxbridge\.(\w+)$", text(DOCS / "reference.md"), re.MULTILINE)
    of_modules = {"exceptions", "hookspecs"}
    named = [name for name in voxbridge.__all__ if name not in {*exceptions.__all__, "hookimpl"}]
    assert sorted(listed) == sorted([*named, *of_modules])
