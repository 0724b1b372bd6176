"""Stream mp3 from a FastAPI endpoint: `uvicorn fastapi_endpoint:app`, and open /speech?text=Hello in a browser."""

from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse

from voxbridge import AsyncClient, UsageError, VoxbridgeError


@asynccontextmanager
async def lifespan(app):
    async with AsyncClient("espeak") as app.state.client:  # one client for the life of the application
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/speech")
async def speech(text: str, speed: float = 1.0):
    try:
        stream = app.state.client.stream(text, format="mp3/24000", speed=speed)
        first = await anext(stream, None)  # an error before it can still be a status
    except VoxbridgeError as error:
        raise HTTPException(422 if isinstance(error, UsageError) else 502, str(error)) from error

    async def audio():
        async with stream:  # a listener who leaves stops the vendor, too
            if first:
                yield first.data
            async for chunk in stream:
                yield chunk.data

    return StreamingResponse(audio(), media_type=stream.format.content_type)
