"""Tasks: ``nox -l`` lists them, ``nox -s tests-3.13`` runs one, ``nox`` all that a change must pass."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox


nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_missing_interpreters = False

PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests; arguments go to pytest."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types."""
    session.install("-e", ".[dev]")
    session.run("mypy", "voxbridge", "plugins", "noxfile.py")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into build/docs; ``nox -s docs -- serve`` shows it while it is written."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", *(session.posargs or ["build"]), "--strict", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that pyproject.toml allows, on the oldest Python."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    extras = project["optional-dependencies"]
    brought = [bound for extra in ("espeak", "codecs", "report", "test") for bound in extras[extra]]
    bounds = [*project["dependencies"], *brought]
    session.install("-e", ".[test]", *(bound.replace(">=", "==") for bound in bounds if ">=" in bound))
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Print the figures of every benchmark."""
    session.install("-e", ".[test]")
    for script in sorted(Path("tests/bench").glob("[!_]*.py")):
        session.run("python", "-m", f"tests.bench.{script.stem}")


@nox.session
def report(session: nox.Session) -> None:
    """Open a report in a headless Chromium, where one is found; VOXBRIDGE_CHROMIUM says which."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    browser = os.environ.get("VOXBRIDGE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        session.skip("no Chromium is on the PATH: install one, or set VOXBRIDGE_CHROMIUM to its path")
    session.install("-e", ".[test]")
    tests = "tests/compare/test_in_a_browser.py"
    session.run("python", "-m", "pytest", tests, *session.posargs, env={"VOXBRIDGE_CHROMIUM": browser})
