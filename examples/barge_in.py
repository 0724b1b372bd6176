"""Speak while a language model still writes, and stop in mid-sentence when the caller interrupts."""

import asyncio

from voxbridge import AsyncClient


ANSWER = (
    "Of course. The museum opens at ten. On Mondays it is closed. Tickets cost twelve euros, and children are free."
)


async def write(call):
    for word in ANSWER.split(" "):
        await call.send(word + " ")  # never waits for audio; each sentence is spoken as soon as it is complete
        await asyncio.sleep(0)  # a language model takes longer
    await call.flush()


async def main():
    async with AsyncClient("espeak") as client, client.stream(format="linear16/16000") as call:
        writing = asyncio.create_task(write(call))
        async for chunk in call:
            if chunk.offset > 3.0:  # seconds: here the caller begins to speak
                break
        writing.cancel()
        cleared = await call.clear()
        print(f"they heard {cleared.spoken!r}\nand not    {cleared.unspoken!r}")

        await call.send("Sorry, go on.")  # the same stream, and no earlier audio comes
        await call.end()
        seconds = sum([len(chunk.data) / 32000 async for chunk in call])
        print(f"then {seconds:.1f} s of the next turn")


asyncio.run(main())
