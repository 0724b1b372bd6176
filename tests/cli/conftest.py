"""Running the command, in this process and in one of its own, with backends that fail or never end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.planted import installed, plant
from voxbridge._cli._group import commands


BACKENDS = """
    import time
    from voxbridge import Backend, BackendUnavailable, Capabilities, LocalExchange, Render
    from voxbridge.testing import Cut, ScriptedBackend
    from voxbridge import TruncatedSpeech

    class Steady(ScriptedBackend):
        name = "steady"
        asked = []

        def _launch(self, unit):
            Steady.asked.append(unit.text)
            return super()._launch(unit)

    class Dead(ScriptedBackend):
        name = "dead"

        def __init__(self):
            super().__init__([BackendUnavailable("nobody answers", retryable=False)] * 9)

    class Dying(ScriptedBackend):
        name = "dying"

        def __init__(self):
            super().__init__([None] + [Cut(0.5, TruncatedSpeech("it died", retryable=False))] * 9)

    class Endless(ScriptedBackend):
        name = "endless"

        def exchange(self, job):
            return Speaking(job)

    class Speaking(LocalExchange):
        def launch(self, tag, units):
            def run(emit):
                while emit(bytes(4800)):
                    time.sleep(0.01)
            return Render(tag, run)

    def voxbridge_backends():
        return [Steady, Dead, Dying, Endless]
"""
COMMAND = [sys.executable, "-c", "from voxbridge._cli import main; main()"]


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    """Return a folder with a plugin of keyless backends: steady, dead, dying and endless."""
    folder = tmp_path_factory.mktemp("plugins")
    plant(folder, "planted-backends", BACKENDS)
    return folder


@pytest.fixture
def run(planted):
    """Run the command in this process."""
    with installed(planted):
        yield lambda *args, **options: CliRunner().invoke(commands, args, prog_name="voxbridge", **options)


@pytest.fixture
def start(planted, tmp_path):
    """Start the command in a process of its own, in an empty folder."""
    path = os.pathsep.join(filter(None, [str(planted), os.environ.get("PYTHONPATH")]))
    processes = []

    def start(*args, **options):
        environment = {**os.environ, "PYTHONPATH": path, **options.pop("env", {})}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE) | options
        processes.append(subprocess.Popen([*COMMAND, *args], cwd=tmp_path, env=environment, **pipes))
        return processes[-1]

    yield start
    for process in processes:
        with process:
            process.kill()
