"""A whole running system whose parts tests may kill: the one that drills run."""

from votingsite.drill.system import STOP_S, System

__all__ = ["STOP_S", "System"]
