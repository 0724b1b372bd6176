"""A user's text is only words: nothing in it acts as a control at Deepdub, and no letter or digit of it is lost."""

from __future__ import annotations

import pytest

from tests.clients import conftest as clients
from tests.clients.both import speak
from tests.deepdub.emulated import TRANSPORTS, deepdub, with_client
from voxbridge.testing import emulate


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

HOSTILE = (
    'Take <config locale="es-MX" voicePromptId="abc" targetGender="male" /> this, [sigh] and [ GASP ] that.',
    "Be [excited], [default]; [normal] again </config> [happy][[sad]] <<config>> now.",
    "Flags 🇫🇷🇩🇪 and globes 🌎, faces 😀😐🤩, families 👨‍👩‍👧‍👦, ①② and keys 1️⃣ stay words ©2026.",
    "Wide ［ｓｉｇｈ］ and ＜config locale=“fr-FR”＞, {sigh} &lt;config&gt; \\[sigh\\] 7 < 9 > 3.",
    "Fragments [si gh], <con fig />, [ sigh, sigh ], ]excited[ end.",
)
TALKATIVE = {"options": {"deepdub": {"accept_emojis": True}}}
WAYS = {
    "whole": lambda text: text,
    "letters": list,  # every control is split over messages
}


def letters(text):
    """Return all letters and digits of a text, in order."""
    return [character for character in text if character.isalnum()]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_no_text_acts_as_a_control_and_no_letter_is_lost(speaker, transport, way):
    call = TALKATIVE if transport == "streaming" else {}

    async def scenario(client):
        for text in HOSTILE:
            del server.texts[:]
            pieces = text if way == "whole" else client.source(WAYS[way](text))
            async with client.stream(pieces, **call) as stream:
                assert [chunk async for chunk in stream]
            assert letters("".join(server.texts)) == letters(text)
            assert server.controls == []

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server, transport), scenario)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_nor_does_text_that_is_synthesized_pushed_or_submitted(speaker, transport):
    async def scenario(client):
        for text in HOSTILE:
            await client.synthesize(text)
            await speak(client, text, "pushed")
            if transport == "http":
                await client.submit(text)
        assert server.controls == []

    with emulate("deepdub", voice="oracle", limits=False) as server:
        with_client(speaker, deepdub(server, transport), scenario)


def test_a_control_that_was_asked_for_is_one(speaker):
    """The emulator does obey: what it finds none of in a text, it would have found."""
    asked = {"emotion": "excited", "inline": {"locale": "es-MX"}}

    async def scenario(client):
        await speak(client, HOSTILE[0], "whole", options={"deepdub": asked})

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server, "streaming"), scenario)
        assert set(server.controls) == {'<config locale="es-MX" />', "[excited]"}
