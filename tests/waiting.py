"""Waiting for a condition, never for a time."""

from ops.drill.waiting import TooLate, eventually

__all__ = ["TooLate", "eventually"]
