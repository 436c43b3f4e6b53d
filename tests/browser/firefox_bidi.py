#!/usr/bin/env python3
"""Firefox as Playwright wants it: the program that it starts in the place of Debian's Firefox.

Playwright drives any Firefox by WebDriver BiDi (channel `moz-firefox`), and asks for one command that Firefox ESR 153
does not have yet: here it is answered. All else goes through as it is. Firefox without it: `executable_path` may then
name Firefox itself, and this file goes.
"""

import asyncio
import json
import os
import re
import sys
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")

#: Colour scheme, and that alone: tests/browser/test_firefox.py sets it with a preference.
_UNKNOWN = "emulation.setMediaFeaturesOverride"
_SAYS_WHERE = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
_AS_IT_IS: dict[str, Any] = {"max_size": None, "ping_interval": None, "compression": None}


async def _answer_or_pass_on(playwright: ServerConnection, firefox: ClientConnection) -> None:
    async for message in playwright:
        command = json.loads(message)
        if command["method"] == _UNKNOWN:
            await playwright.send(json.dumps({"type": "success", "id": command["id"], "result": {}}))
        else:
            await firefox.send(message)


async def _pass_back(playwright: ServerConnection, firefox: ClientConnection) -> None:
    async for message in firefox:
        await playwright.send(message)


async def main() -> None:
    """Start Firefox with the arguments given, and stand between it and Playwright until it ends."""
    process = await asyncio.create_subprocess_exec(FIREFOX, *sys.argv[1:], stderr=asyncio.subprocess.PIPE)
    assert process.stderr
    address = ""

    async def relay(playwright: ServerConnection) -> None:
        async with connect(f"{address}/session", **_AS_IT_IS) as firefox:
            ways = [_answer_or_pass_on(playwright, firefox), _pass_back(playwright, firefox)]
            await asyncio.wait(map(asyncio.create_task, ways), return_when=asyncio.FIRST_COMPLETED)

    async with serve(relay, "127.0.0.1", 0, **_AS_IT_IS) as server:
        here = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}".encode()
        async for line in process.stderr:
            if found := _SAYS_WHERE.search(line):
                address = found[1].decode()
            sys.stderr.buffer.write(_SAYS_WHERE.sub(b"WebDriver BiDi listening on " + here, line))
            sys.stderr.flush()
    sys.exit(await process.wait())


if __name__ == "__main__":
    asyncio.run(main())
