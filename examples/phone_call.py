"""Feed a telephone call: mu-law at 8 kHz, in packets of 20 ms, as SIP gateways and media streams want them."""

from base64 import b64encode

from voxbridge import AudioFormat, Client


PHONE = AudioFormat("mulaw", 8000)
PACKET = 160  # bytes: 20 ms


def packets(stream):
    rest = b""
    for chunk in stream:
        rest += chunk.data
        while len(rest) >= PACKET:
            yield rest[:PACKET]
            rest = rest[PACKET:]
    if rest:
        yield rest + PHONE.silence((PACKET - len(rest)) / 8000)


with Client("espeak") as client, client.stream("Your code is four, seven, one, one.", format=PHONE) as stream:
    messages = [{"event": "media", "payload": b64encode(packet).decode()} for packet in packets(stream)]
print(f"{len(messages)} packets of {PACKET} bytes, {len(messages) * 0.02:.2f} s; the first: {messages[0]}")
