"""Finding backends: a plugin that fails is reported, and the others work."""

from __future__ import annotations

import pytest

import voxbridge
from tests.planted import installed, plant
from voxbridge import Client, InvalidConfig, UnknownBackend, UsageError
from voxbridge._plugins import plugins


GOOD = """
    from voxbridge import hookimpl
    from voxbridge.testing import ScriptedBackend

    class Acme(ScriptedBackend):
        name = "acme"
        region = "eu"

    @hookimpl
    def voxbridge_backends():
        return [Acme]
"""
MOODY = """
    def fail(self):
        raise KeyError("HOME")

    Acme.__init__ = fail
"""
LISTENING = """
    seen = []

    @hookimpl
    def voxbridge_attempt(report):
        seen.append(report.backend)
"""
BROKEN = "import a_module_that_nobody_has"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("VOXBRIDGE_PLUGINS", raising=False)
    with installed(tmp_path) as folder:
        yield folder


def test_a_planted_backend_is_found_and_speaks(folder):
    plant(folder, "acme-tts", GOOD)
    assert voxbridge.backends()["acme"].distribution == "acme-tts 1.0"
    assert Client("acme").synthesize("Hello.").duration == 0.2


def test_its_settings_are_its_constructors(folder):
    plant(folder, "acme-tts", GOOD)
    assert voxbridge.get_backend("acme", name="second").name == "second"
    with pytest.raises(UsageError, match=r"acme: .*unexpected keyword argument 'colour'"):
        voxbridge.get_backend("acme", colour="red")


def test_a_plugin_that_raises_on_import_is_reported_and_the_others_work(folder, caplog):
    plant(folder, "acme-tts", GOOD)
    plant(folder, "broken-tts", BROKEN, plugin="broken")
    infos = voxbridge.backends()
    assert infos["acme"].ready
    assert not infos["broken"].ready
    assert "a_module_that_nobody_has" in infos["broken"].missing
    assert infos["broken"].distribution == "broken-tts 1.0"
    assert "broken (broken-tts 1.0) cannot be loaded" in caplog.text


def test_a_plugin_whose_hook_raises_is_reported_and_the_others_work(folder):
    plant(folder, "acme-tts", GOOD)
    plant(folder, "broken-tts", "def voxbridge_backends(): return 1 / 0", plugin="broken")
    infos = voxbridge.backends()
    assert infos["acme"].ready
    assert "division by zero" in infos["broken"].missing


def test_a_backend_whose_constructor_raises_is_listed_as_not_ready(folder):
    plant(folder, "acme-tts", GOOD)
    source = GOOD.replace('"acme"', '"moody"') + MOODY
    plant(folder, "moody-tts", source)
    infos = voxbridge.backends()
    assert (infos["acme"].ready, infos["moody"].ready) == (True, False)
    assert "KeyError: 'HOME'" in infos["moody"].missing


def test_an_unknown_backend_says_what_is_near_and_what_failed(folder):
    plant(folder, "acme-tts", GOOD)
    plant(folder, "broken-tts", BROKEN, plugin="broken")
    with pytest.raises(UnknownBackend, match=r"'acne'.*Did you mean 'acme'\?.*'broken' cannot be loaded"):
        voxbridge.get_backend("acne")


def test_two_packages_with_one_backend_are_an_error_that_names_both(folder):
    plant(folder, "acme-tts", GOOD)
    plant(folder, "acme-fork", GOOD)
    with pytest.raises(InvalidConfig, match="two packages have a backend 'acme'") as caught:
        voxbridge.backends()
    assert "acme-tts 1.0" in str(caught.value)
    assert "acme-fork 1.0" in str(caught.value)


def test_two_packages_with_one_plugin_name_are_an_error_that_names_both(folder):
    plant(folder, "acme-tts", GOOD, plugin="acme")
    plant(folder, "acme-fork", GOOD, plugin="acme")
    with pytest.raises(InvalidConfig, match="two packages have a plugin 'acme'") as caught:
        voxbridge.get_backend("acme")
    assert "acme-tts 1.0" in str(caught.value)
    assert "acme-fork 1.0" in str(caught.value)


def test_the_environment_pins_the_plugins(folder, monkeypatch):
    plant(folder, "acme-tts", GOOD)
    plant(folder, "broken-tts", BROKEN)
    monkeypatch.setenv("VOXBRIDGE_PLUGINS", " acme_tts, nobody ")
    assert list(voxbridge.backends()) == ["acme"]
    assert not plugins().failures


def test_pinned_to_none_there_is_nobody(folder, monkeypatch):
    plant(folder, "acme-tts", GOOD)
    monkeypatch.setenv("VOXBRIDGE_PLUGINS", "")
    assert voxbridge.backends() == {}
    with pytest.raises(UnknownBackend, match="installed: none"):
        voxbridge.get_backend("acme")


def test_a_plugin_is_told_of_every_attempt(folder):
    listening = (
        "\n    seen = []\n\n    @hookimpl\n    def voxbridge_attempt(report):\n        seen.append(report.backend)\n"
    )
    plant(folder, "acme-tts", GOOD + listening)
    Client("acme").synthesize("Hello.")
    import acme_tts  # planted

    assert acme_tts.seen == ["acme"]
