"""Automatic reload (bin/up --dev), with the means of each part's server.

Templates and static files need no reload: with DEBUG, which --dev turns on, they are read anew for each request.
"""

import os
import shlex
import sys
from collections.abc import Iterable
from dataclasses import replace

from ops.launch.parts import Part

#: The environment variable that bin/up --dev sets.
DEV = "UP_DEV"
_CODE = ("accounts", "api", "core", "counter", "inspection", "polls", "votingsite", "workers")


def is_wanted() -> bool:
    """Tell whether bin/up was started with --dev."""
    return DEV in os.environ


def follow(name: str, part: Part) -> Part:
    """Return the part of that name with automatic reload; the stores are unchanged."""
    match name.partition("-")[0]:
        case "vote" | "result":
            options = [*_each("--reload-dir", _CODE), "--reload", "--reload-include", "*.lua"]
            return replace(part, command=[*part.command, *options])
        case "worker":
            watch = [sys.executable, "-m", "watchfiles", "--target-type", "command"]
            return replace(part, command=[*watch, shlex.join(part.command), *_CODE])
    return part


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [argument for value in values for argument in (option, value)]
