"""The console of a browser's pages, kept for the case that their test fails (tests/failures.py)."""

from typing import Any


def note_console(context: Any) -> None:
    """Keep what the pages of this browser context log, for the case that their test fails."""
    context.logged = []
    context.on("console", lambda message: context.logged.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda failure: context.logged.append(f"uncaught: {failure.error}"))
