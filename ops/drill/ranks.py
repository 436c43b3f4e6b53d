"""Percentiles of what was measured one by one."""

from collections.abc import Iterable


def percentile(values: Iterable[float], percent: int) -> float | None:
    """The smallest value that so many per cent of them do not exceed (nearest rank); None of none."""
    ranked = sorted(values)
    return ranked[-(-percent * len(ranked) // 100) - 1] if ranked else None
