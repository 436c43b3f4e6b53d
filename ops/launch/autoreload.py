"""bin/up --dev: parts follow changes of their code, by what their servers offer.

Templates and static files need no reload: with DEBUG, which --dev turns on, they are read anew for each request.
"""

import os
import shlex
import sys
from collections.abc import Iterable
from dataclasses import replace

from ops.launch.parts import Part

#: Environment variable that is there when bin/up was started with --dev.
DEV = "UP_DEV"
_CODE = ("core", "counter", "inspection", "polls", "votingsite", "workers")


def is_wanted() -> bool:
    """Tell whether bin/up was started with --dev."""
    return DEV in os.environ


def follow(name: str, part: Part) -> Part:
    """The part of that name, made to follow its code; the stores have none, and stay as they are."""
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
