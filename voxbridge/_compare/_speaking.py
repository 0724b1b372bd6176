"""The takes, spoken one at a time: side by side they would slow each other down, and that is what is measured."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from importlib import import_module
from time import monotonic

from voxbridge._async import AsyncClient
from voxbridge._speakers import Target as Speaker
from voxbridge._sync import Client
from voxbridge.audio import AudioFormat
from voxbridge.config import Config
from voxbridge.exceptions import VoxbridgeError
from voxbridge.text import Utterance

from ._comparison import Comparison
from ._plan import FORMAT, Plan, Take
from ._pricing import Prices
from ._take import Done, Recording


__all__ = ["acompare", "compare", "speak"]

_FRESH = 10.0  # seconds for which a connection that was used is taken to be open: clients keep them for 30


def compare(
    texts: str | Utterance | Sequence[str | Utterance],
    targets: Speaker | Sequence[Speaker],
    *,
    repeat: int = 3,
    format: AudioFormat | str = FORMAT,
    warm: bool = True,
    seed: int = 0,
) -> Comparison:
    """Have each text spoken by each target, and measure it.

    What fails is a row with its `error`, and the others go on.

    Args:
        texts: what is said; one, or several.
        targets: who speaks: each as `Client` takes it, so a list among them is a fallback.
        repeat: how many takes there are of each text and target.
        format: what all of them give.
        warm: whether connections are opened ahead; else each take has a client of its own.
        seed: decides the order of the takes, and nothing else.

    Raises:
        UsageError: an argument is wrong; nothing was sent.
    """
    plan = Plan.of(texts, targets, repeat=repeat, format=format, warm=warm, seed=seed)
    return Comparison(plan, speak(plan))


async def acompare(
    texts: str | Utterance | Sequence[str | Utterance],
    targets: Speaker | Sequence[Speaker],
    *,
    repeat: int = 3,
    format: AudioFormat | str = FORMAT,
    warm: bool = True,
    seed: int = 0,
) -> Comparison:
    """Do what `compare` does, in an event loop; arguments and errors are the same."""
    plan = Plan.of(texts, targets, repeat=repeat, format=format, warm=warm, seed=seed)
    return Comparison(plan, await _aspeak(plan))


def _load() -> None:
    """Load what a process loads when it first speaks, or the first take would be charged with it."""
    for name in ("sentencex", "soxr"):
        import_module(name)


def speak(plan: Plan, already: Collection[Take] = ()) -> Generator[Done, None, None]:
    """Return what yields each take of *plan* as it is done, but for those that are *already*.

    Raises:
        UsageError: a target or the config is wrong; nothing was sent.
    """
    _load()
    config = Config.of(None)
    clients = [Client(target.speaker, config=config, format=plan.format) for target in plan.targets]
    return _spoken(plan, [take for take in plan.takes() if take not in already], clients, config)


def _spoken(
    plan: Plan, takes: Sequence[Take], clients: Sequence[Client], config: Config
) -> Generator[Done, None, None]:
    prices = Prices(config, plan)
    used = [float("-inf")] * len(clients)
    with ExitStack() as stack:
        for client in clients:
            stack.enter_context(client)
        for take in takes:
            client = clients[take.target]
            if not plan.warm:
                with Client(plan.targets[take.target].speaker, config=config, format=plan.format) as fresh:
                    yield _take(fresh, plan, take, prices)
                continue
            if monotonic() - used[take.target] > _FRESH:
                _open(client)
            yield _take(client, plan, take, prices)
            used[take.target] = monotonic()


def _open(client: Client) -> None:
    """Open what speech may come over: a socket, or a request's connection. If it cannot be, the take will tell."""
    with suppress(VoxbridgeError):
        client.warm()
    with suppress(VoxbridgeError):
        client.check()


def _take(client: Client, plan: Plan, take: Take, prices: Prices) -> Done:
    recording, stream = Recording(plan, take, prices), None
    try:
        with client.stream(plan.texts[take.text]) as stream:
            for chunk in stream:
                recording.hear(chunk)
    except VoxbridgeError as error:
        return recording.end(stream.report if stream else None, error)
    return recording.end(stream.report)


async def _aspeak(plan: Plan) -> list[Done]:
    _load()
    done: list[Done] = []
    config = Config.of(None)
    prices = Prices(config, plan)
    clients = [AsyncClient(target.speaker, config=config, format=plan.format) for target in plan.targets]
    async with AsyncExitStack() as stack:
        for client in clients:
            await stack.enter_async_context(client)
        used = [float("-inf")] * len(clients)
        for take in plan.takes():
            if not plan.warm:
                async with AsyncClient(plan.targets[take.target].speaker, config=config, format=plan.format) as fresh:
                    done.append(await _atake(fresh, plan, take, prices))
                continue
            if monotonic() - used[take.target] > _FRESH:
                await _aopen(clients[take.target])
            done.append(await _atake(clients[take.target], plan, take, prices))
            used[take.target] = monotonic()
    return done


async def _aopen(client: AsyncClient) -> None:
    with suppress(VoxbridgeError):
        await client.warm()
    with suppress(VoxbridgeError):
        await client.check()


async def _atake(client: AsyncClient, plan: Plan, take: Take, prices: Prices) -> Done:
    recording, stream = Recording(plan, take, prices), None
    try:
        async with client.stream(plan.texts[take.text]) as stream:
            async for chunk in stream:
                recording.hear(chunk)
    except VoxbridgeError as error:
        return recording.end(stream.report if stream else None, error)
    return recording.end(stream.report)
