"""Who imports whom, read from the sources: imports run downward only, and heavy modules load late."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


ROOT = Path(__file__).parent.parent
CORE = ROOT / "voxbridge"
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if (path / "__init__.py").exists())

# From the lowest; a room may import its own level and those below it.
LEVELS = (
    {"exceptions"},
    {"_models"},
    {"text", "audio"},
    {"_play", "_log"},
    {"_speech", "_sample", "_prices"},
    {"_refusal", "_exchange", "_tagged", "_backend"},
    {"routing"},
    {"_ledger", "_losses", "_output", "_run", "_record", "_commands", "_rendition"},
    {"hookspecs", "_plugins"},
    {"config"},
    {"_speakers"},
    {"_settings", "_calls", "_health", "_deferred", "_cloning", "_duration"},
    {"_pool", "_carriers", "_stream", "_wire", "_frames", "_splitter", "_requests", "_threads"},
    {
        "_sync_http",
        "_sync_inbox",
        "_sync_connection",
        "_sync_sockets",
        "_sync_carriers",
        "_http_answer",
        "_http_client",
        "_httpcore",
        "_aiohttp",
        "_async_http",
        "_asyncio_network",
        "_async_sockets",
        "_async_inbox",
        "_async_carriers",
    },
    {"_sync_calls", "_async_calls", "_sync_stream", "_async_stream"},
    {"_sync", "_async"},
    {"_compare"},
    {"testing"},
    {"_cli", "__main__"},
)
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
PURE = {room for rooms in LEVELS[:7] for room in rooms} | {"_pool"}

# What speaks to the world, or takes long to import.
INPUT_OUTPUT = {
    "aiohttp",
    "asyncio",
    "http",
    "httpcore",
    "httpx",
    "requests",
    "select",
    "selectors",
    "socket",
    "ssl",
    "threading",
    "urllib3",
    "websockets",
}
HEAVY = {
    "aiohttp",
    "av",
    "cattrs",
    "click",
    "defusedxml",
    "httpcore",
    "httpx",
    "jinja2",
    "numpy",
    "requests",
    "rich",
    "sentencex",
    "sounddevice",
    "soxr",
    "starlette",
    "urllib3",
    "uvicorn",
    "websockets",
}
# Rooms that are themselves loaded when they are first needed.
LATE = {
    "_cli": {"click", "rich"},
    "config": {"cattrs"},
    "_compare": {"numpy"},
    "_frames": {"websockets"},
    "_splitter": {"websockets"},
    "_requests": {"requests", "urllib3"},
    "_aiohttp": {"aiohttp"},
    "_httpcore": {"httpcore", "httpx"},
    "_http_client": {"httpx"},
    "_sync_http": {"httpcore", "httpx"},
    "_async_http": {"httpx"},
    "_asyncio_network": {"httpcore"},
    "_sync_sockets": {"websockets"},
    "_sync_connection": {"websockets"},
    "_async_sockets": {"websockets"},
    "testing": {"numpy", "uvicorn", "websockets"},
}


def modules(package: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    """Yield each module of a package with its room."""
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        yield room, path, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.AST, path: Path, *, typing: bool = False, inner: bool = True) -> Iterator[tuple[str, int]]:
    """Yield the full names that a module imports; those for type checkers only, or within functions, if asked for."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import(names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module, names, level):
                origin = module or ""
                if level:
                    package = path.relative_to(ROOT).with_suffix("").parts[:-level]
                    origin = ".".join(part for part in (*package, module) if part).removeprefix("plugins.")
                if module is None or origin == "voxbridge":
                    yield from ((f"{origin}.{alias.name}", node.lineno) for alias in names)
                else:
                    yield origin, node.lineno
            case ast.If(ast.Name("TYPE_CHECKING")) if not typing:
                pass
            case ast.FunctionDef() | ast.AsyncFunctionDef() if not inner:
                pass
            case _:
                yield from imports(node, path, typing=typing, inner=inner)


def test_every_room_has_its_level():
    """A new room is put where it belongs when it is made."""
    rooms = {room for room, _, _ in modules(CORE)} - {"__init__"}
    assert rooms - LEVEL.keys() == set()


def test_imports_run_downward_only():
    wrong = []
    for room, path, tree in modules(CORE):
        if room == "__init__" or room not in LEVEL:
            continue
        for name, line in imports(tree, path):
            parts = name.split(".")
            if parts[0] == "voxbridge" and len(parts) > 1 and LEVEL.get(parts[1], -1) > LEVEL[room]:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []


def test_no_room_imports_the_whole_house():
    """``from voxbridge import X`` inside of voxbridge would load whatever room X is in."""
    public = {"exceptions", "audio", "config", "text", "routing", "testing", "hookspecs", "__version__"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for room, path, tree in modules(CORE)
        if room not in {"__init__", "testing", "_cli"}
        for name, line in imports(tree, path)
        if name == "voxbridge" or (name.startswith("voxbridge.") and name.split(".")[1] not in public | LEVEL.keys())
    ]
    assert wrong == []


def test_the_pure_core_does_no_input_or_output():
    """Only what is known of accounts has a lock: clients in many threads share it."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for room, path, tree in modules(CORE)
        if room in PURE and path.name not in {"_limits.py", "_accounts.py"}
        for name, line in imports(tree, path)
        if name.partition(".")[0] in INPUT_OUTPUT
    ]
    assert wrong == []


def test_voxbridge_never_imports_a_plugin():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for _, path, tree in modules(CORE)
        for name, line in imports(tree, path, typing=True)
        if name.partition(".")[0] in PLUGINS
    ]
    assert wrong == []


def test_heavy_modules_load_when_they_are_first_needed():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for room, path, tree in modules(CORE)
        for name, line in imports(tree, path, inner=False)
        if name.partition(".")[0] in HEAVY - LATE.get(room, set())
    ]
    assert wrong == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_imports_public_names_and_nothing_that_speaks_to_the_world(plugin):
    """What a stranger could not import, ours may not either. An emulator is a server, and may be one."""
    public = {"exceptions", "audio", "config", "text", "routing", "testing", "hookspecs", "__version__"}
    wrong = []
    for room, path, tree in modules(ROOT / "plugins" / plugin):
        server = "emulator" in room
        for name, line in imports(tree, path):
            first, *rest = name.split(".")
            private = first == "voxbridge" and any(part.startswith("_") for part in rest)
            hidden = first == "voxbridge" and len(rest) > 1 and rest[0] not in public
            outside = first in INPUT_OUTPUT - {"threading"} and not server
            if private or hidden or outside or (first in PLUGINS and first != plugin):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_imports_nothing_heavy_at_its_beginning(plugin):
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for room, path, tree in modules(ROOT / "plugins" / plugin)
        if "emulator" not in room
        for name, line in imports(tree, path, inner=False)
        if name.partition(".")[0] in HEAVY
    ]
    assert wrong == []


def loaded(program: str) -> list[str]:
    program = f"import sys; before = set(sys.modules); {program}; print(*(set(sys.modules) - before))"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()


def test_a_client_is_there_before_anything_heavy():
    names = loaded("import voxbridge; voxbridge.Client; voxbridge.AsyncClient; voxbridge.Router")
    assert {name.partition(".")[0] for name in names} & HEAVY == set()


def test_importing_voxbridge_loads_nothing_but_itself():
    names = loaded("import voxbridge")
    assert {name.partition(".")[0] for name in names} & (HEAVY | {"attr", "attrs", "asyncio"}) == set()
    assert [name for name in names if name.startswith("voxbridge")] == ["voxbridge"]
