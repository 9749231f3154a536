"""Many screens of one event in a process of their own: when each heard how much was sold.

Started by ``bench.screens`` with the address of a socket, a key, a stock row, a number of screens and a file. Says
"ready" on its output, watches until its input is closed, and then writes for each screen a line of JSON.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from websockets.asyncio.client import connect

Heard = list[tuple[float, int]]  # at which moment of the monotonic clock, how many were sold

OPENING_AT_ONCE = 20


class Reader:
    """All screens get the very same text: it is read once for all of them."""

    def __init__(self, stock: int) -> None:
        self._stock = stock
        self._text = ""
        self._sold: int | None = None

    def sold(self, text: str) -> int | None:
        if text != self._text:
            rows = json.loads(text).get("rows", [])
            self._text = text
            self._sold = next((row["sold"] for row in rows if row["stock"] == self._stock), None)
        return self._sold


async def watch(
    address: str, key: str, reader: Reader, opening: asyncio.Semaphore, ready: asyncio.Queue[None]
) -> Heard:
    """What one screen hears until it is cancelled."""
    heard: Heard = []
    async with opening:
        socket = await connect(
            address, additional_headers={"Authorization": f"Bearer {key}"}, compression=None
        )
        heard.append((time.monotonic(), reader.sold(str(await socket.recv())) or 0))
    ready.put_nowait(None)
    try:
        async for text in socket:
            sold = reader.sold(str(text))
            if sold is not None and sold != heard[-1][1]:
                heard.append((time.monotonic(), sold))
    except asyncio.CancelledError:
        return heard
    message = f"A screen was let go: {socket.close_code}"
    raise RuntimeError(message)


async def main(address: str, key: str, stock: int, number: int, target: Path) -> None:
    reader, opening = Reader(stock), asyncio.Semaphore(OPENING_AT_ONCE)
    ready: asyncio.Queue[None] = asyncio.Queue()
    screens = [
        asyncio.create_task(watch(address, key, reader, opening, ready)) for _ in range(number)
    ]
    for _ in screens:
        await ready.get()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for screen in screens:
        screen.cancel()
    with target.open("w") as output:
        for screen in screens:
            output.write(json.dumps(await screen) + "\n")


if __name__ == "__main__":
    place, secret, row, count, file = sys.argv[1:]
    asyncio.run(main(place, secret, int(row), int(count), Path(file)))
