"""Percentiles of single measurements."""

from collections.abc import Iterable


def percentile(values: Iterable[float], percent: int) -> float | None:
    """Return the smallest value that so many per cent of the values do not exceed (nearest rank); None without any."""
    ranked = sorted(values)
    return ranked[-(-percent * len(ranked) // 100) - 1] if ranked else None
