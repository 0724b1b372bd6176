"""Add a vendor with a plain HTTP interface; fallback, retries, formats and both clients come with it.

As a package of its own, with voices, a key and tests: see the folder custom_backend.
"""

import json

from voxbridge import Backend, Capabilities, Client, Fetch, HttpExchange, HttpRequest
from voxbridge.testing import SpeakingHttp


class Acme(Backend):
    name = "acme"

    def __init__(self, base_url):
        self.url = base_url

    def capabilities(self, voice):
        return Capabilities(formats=("linear16/24000",), max_characters=1000)

    def exchange(self, job):
        return AcmeExchange(job, self.url)


class AcmeExchange(HttpExchange):
    def __init__(self, job, url):
        super().__init__(job)
        self.url = url

    def launch(self, tag, units):
        body = json.dumps({"text": "".join(unit.text for unit in units)}).encode()
        return Fetch(tag, HttpRequest(method="POST", url=self.url, body=body))


busy = {"on": 0, "kind": "status", "code": 503, "headers": {"Retry-After": "0"}}
with SpeakingHttp(faults=[busy]) as server, Client([Acme(server.url), "espeak"]) as client:
    speech = client.synthesize("Busy at first, and then it speaks.", format="mulaw/8000")
for attempt in speech.attempts:
    print(attempt.error or f"{attempt.backend}: {attempt.audio_seconds:.2f} s of sound, here as {speech.format}")
