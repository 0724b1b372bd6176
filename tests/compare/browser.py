"""A headless Chromium, driven over its DevTools protocol: enough to open a file, act in it and look at it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect


OPTIONS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--disable-gpu",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--no-sandbox",  # containers and CI have none, and the file is our own
)


def chosen():
    """Return the path of the Chromium to use, ``VOXBRIDGE_CHROMIUM``, else None."""
    return os.environ.get("VOXBRIDGE_CHROMIUM")


class Page:
    """One page; ``log`` has what its console and its policy said, ``requests`` what it asked for."""

    def __init__(self, socket):
        self._socket, self._number, self._waiting = socket, 0, deque()
        self.log, self.requests = [], []
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = None
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def __call__(self, method, **params):
        """Call a method of the protocol and return its result."""
        self._number += 1
        session = {"sessionId": self._session} if getattr(self, "_session", None) else {}
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params, **session}))
        while True:
            message = self._receive()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    def _receive(self):
        message = json.loads(self._socket.recv(timeout=30))
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.log.append(message["params"]["exceptionDetails"])
            case "Runtime.consoleAPICalled":
                self.log.append(message["params"]["args"])
            case "Log.entryAdded":
                self.log.append(message["params"]["entry"])
            case "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"][:80])
        if "id" not in message:
            self._waiting.append(message)
        return message

    def open(self, path):
        """Load a file."""
        self._waiting.clear()
        self("Page.navigate", url=Path(path).as_uri())
        while not any(message["method"] == "Page.loadEventFired" for message in self._waiting):
            self._receive()

    def run(self, script):
        """Return what JavaScript gives, a promise's value too."""
        answer = self("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key):
        """Press and release a key where the focus is."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        self("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self("Input.dispatchKeyEvent", type="keyUp", key=key)

    def size(self, width, height, *, phone=False):
        """Be as wide as a screen, in CSS pixels."""
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def prefer(self, scheme):
        """Prefer a ``dark`` or a ``light`` page."""
        self("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path):
        """Save what is seen."""
        Path(path).write_bytes(base64.b64decode(self("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def page(executable):
    """Open a page in a new browser, which ends with the ``with``."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [executable, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        environment = {**os.environ, "TMPDIR": profile}  # it leaves things behind
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        ) as browser:
            try:
                with connect(
                    address(Path(profile, "DevToolsActivePort"), browser), max_size=None, proxy=None
                ) as socket:
                    yield Page(socket)
                    socket.send(json.dumps({"id": 0, "method": "Browser.close"}))
            finally:
                browser.terminate()


def address(file, browser):
    """Return where a browser is reached, once it has written that."""
    until = time.monotonic() + 30
    while time.monotonic() < until and browser.poll() is None:
        lines = file.read_text("ascii").splitlines() if file.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.02)
    raise RuntimeError(f"the browser did not start: {browser.args}")
