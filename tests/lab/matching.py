"""Compares printed output with real output: what differs from run to run is the same on both sides."""

import re
from collections.abc import Sequence

#: In printed output: any text within a line, or alone in its line any number of lines.
ANYTHING = "…"

#: What differs from run to run, and what it becomes; the first that fits takes it.
_VARIES = [
    # Between a number and its unit there may be a space that does not break; pages have plain ones.
    (r"[\u00a0\u202f]", " "),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)?", "<time>"),
    (r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?", "<time>"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\b\d{13}-\d+\b", "<position>"),
    (r"\b\d{13}\b|\b1[789]\d{8}(?:\.\d+)?\b", "<time>"),
    (r"\b(vote|result|worker)-\d+@[\w.-]+", r"\1-<process>"),
    (r"(?<=\"pid\": )\d+|(?<=\bpid )\d+|(?<=\bPID )\d+", "<process>"),
    (r"(?<=[\w\]]:)[23]\d{4}\b|(?<=\bport )[23]\d{4}\b|(?<=_port\": )[23]\d{4}\b", "<port>"),
    (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b", "<id>"),
    (r"\b\d+(?:\.\d+)? (?:ms|s|min|h|seconds?|minutes?)\b(?! ?/)", "<duration>"),
    # Docker's way to say how long.
    (r"\bAbout an? (?:minute|hour)\b|\bLess than a second\b", "<duration>"),
    (r"\b\d+(?:\.\d+)? [kMG]B\b", "<size>"),
    # Of a container.
    (r"\b172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}\b", "<address>"),
    # Columns are as wide as what stands in them.
    (r" {2,}", " "),
]
_PATTERNS = [(re.compile(pattern), name) for pattern, name in _VARIES]


def normal(line: str) -> str:
    """Return a line without what differs from run to run."""
    for pattern, name in _PATTERNS:
        line = pattern.sub(name, line)
    return line.strip()


def mismatch(expected: Sequence[str], got: Sequence[str]) -> int | None:
    """Return the index of the first expected line that is not there; one past the last if too much was said.

    None if all is as expected.
    """
    real = "".join(f"{normal(line)}\n" for line in got)
    if _pattern(expected).fullmatch(real):
        return None
    fitting = (count for count in range(len(expected), 0, -1) if _pattern(expected[:count]).match(real))
    return next(fitting, 0)


def _pattern(expected: Sequence[str]) -> re.Pattern[str]:
    return re.compile("".join(_line(line) for line in expected))


def _line(line: str) -> str:
    if line.strip() == ANYTHING:
        return r"(?:.*\n)*?"
    return ".*?".join(re.escape(part) for part in normal(line).split(ANYTHING)) + r"\n"
