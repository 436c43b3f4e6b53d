"""Faults: what may happen to the stores, and to commands that are on their way, between two steps of a run."""

from collections.abc import Callable
from functools import partial

from ops.model.world import World

#: Who, what, and how it happens.
Event = tuple[str, str, Callable[[], None]]
_Late = tuple[str, Callable[[], object]]


def events(world: World) -> list[Event]:
    """Return what may happen now."""
    return [*_of_redis(world), *_of_postgres(world), *_late(world)]


def deliver(world: World, late: _Late) -> None:
    """Let a late command arrive. Redis has to be up."""
    world.late.remove(late)
    late[1]()


def _of_redis(world: World) -> list[Event]:
    redis = world.redis
    found: list[Event] = []
    if redis.is_up:
        found.append(("Redis", "stops", lambda: setattr(redis, "is_up", False)))
        found.append(("Redis", "restarts and has lost all its data", partial(_empty_redis, world)))
    else:
        found.append(("Redis", "is back, with its data", lambda: setattr(redis, "is_up", True)))
    if world.has_closing_time:
        past = not redis.clock_is_past_closing
        text = "'s clock reaches the closing time" if past else "'s clock steps back, before the closing time"
        found.append(("Redis", text, lambda: _turn_clock(world, past=past)))
    return found


def _of_postgres(world: World) -> list[Event]:
    if not world.postgres_is_up:
        return [("Postgres", "is back", lambda: setattr(world, "postgres_is_up", True))]
    found: list[Event] = [("Postgres", "stops", partial(_stop_postgres, world))]
    if world.pending is not None:
        found.append(("Postgres", "gets the delayed COMMIT", partial(world.commit, world.pending)))
        found.append(("Postgres", "rolls the delayed transaction back", partial(_roll_back, world)))
    return found


def _late(world: World) -> list[Event]:
    if not world.redis.is_up:
        return []
    return [("the network", f": {late[0]}", partial(deliver, world, late)) for late in world.late]


def _empty_redis(world: World) -> None:
    world.redis.lose_everything()
    world.redis_has_lost_data = True


def _stop_postgres(world: World) -> None:
    world.postgres_is_up = False
    _roll_back(world)


def _roll_back(world: World) -> None:
    world.pending = None


def _turn_clock(world: World, *, past: bool) -> None:
    world.redis.clock_is_past_closing = past
    world.closed_rounds.add(world.tally.round)
