"""The workers: the job that counts a poll, and the safety net (workers/, polls/lifecycle/safety_net.py)."""

from ops.model import lifecycle
from ops.model.counting import drain, publish
from ops.model.stores import Listed, Tally
from ops.model.world import NoAnswerError, NotSentError, Steps, World


def job(world: World, who: str) -> Steps[None]:
    """Count the present box of the poll: clear the bell, then drain.

    Before, a worker may drain with the bell rung. That is left out: the sweep drains at any time, too.
    """
    redis = world.redis
    if not redis.jobs:
        return
    redis.jobs -= 1
    try:
        yield from world.ask_redis(who, "takes the job and clears the bell", lambda: setattr(redis, "bell", False))
        tally = yield from world.read_postgres()
        yield from drain(world, who, tally.box)
    except (NotSentError, NoAnswerError):
        world.say(who, "gives up for now")


def sweep(world: World, who: str) -> Steps[None]:
    """Find unfinished work and complete it: list the boxes first, and ask Postgres afterwards."""
    try:
        if world.keeps("boxes-first"):
            boxes = yield from _list(world, who)
            tally = yield from _read_tally(world, who)
        else:
            tally = yield from _read_tally(world, who)
            boxes = yield from _list(world, who)
        for box in boxes:
            yield from _look_after(world, who, tally, box)
        yield from _carry_on(world, who, tally, boxes)
        stored = world.redis.snapshot
        now = yield from world.read_postgres()
        if world.keeps("snapshot-again") and (stored is None or stored.version < now.version):
            yield from publish(world, who)
    except (NotSentError, NoAnswerError):
        return


def _list(world: World, who: str) -> Steps[list[Listed]]:
    def told(boxes: list[Listed]) -> str:
        return ": " + (", ".join(f"{box.number} ({box.waiting} waiting)" for box in boxes) or "none")

    return (yield from world.ask_redis(who, "lists the boxes", world.redis.list_boxes, told))


def _read_tally(world: World, who: str) -> Steps[Tally]:
    tally = yield from world.read_postgres()
    world.say(who, f"reads in Postgres: {tally.state}, round {tally.round}, box {tally.box}")
    return tally


def _look_after(world: World, who: str, tally: Tally, box: Listed) -> Steps[None]:
    if box.number != tally.box:
        yield from _clear_stale_box(world, who, box.number)
        return
    if box.waiting:
        yield from world.ask_redis(who, f"rings for box {box.number}", world.redis.ring_again)
    if tally.state == "open" and box.is_closed and world.keeps("sealed-box-closes-poll"):
        yield from lifecycle.seal_by_clock(world, who, box.number)


def _clear_stale_box(world: World, who: str, number: int) -> Steps[None]:
    """Close, drain and delete a box that is not the Tally's."""
    world.say(who, f"clears box {number}, which is not the present one")
    if world.keeps("stale-box-is-counted"):
        yield from drain(world, who, number)
    yield from lifecycle.seal_box(world, who, number)
    if world.keeps("stale-box-is-counted"):
        yield from drain(world, who, number)
    drop = lambda: world.redis.drop_box(number, with_casts=not world.keeps("stale-box-is-counted"))  # noqa: E731
    yield from world.ask_redis(who, f"deletes box {number}", drop)


def _carry_on(world: World, who: str, tally: Tally, boxes: list[Listed]) -> Steps[None]:
    """Complete a transition that is unfinished, or due by Postgres's clock."""
    is_missing = tally.box not in [box.number for box in boxes]
    if tally.state == "sealing":
        yield from _finish(world, who, tally.box)
    elif tally.state == "open" and world.is_over(tally):
        yield from lifecycle.seal_by_clock(world, who, tally.box)
    elif tally.state == "open" and is_missing:
        is_there = yield from world.ask_redis(who, "looks again", lambda: tally.box in world.redis.boxes)
        if not is_there:
            yield from lifecycle.open_box(world, who, tally.box)
    elif tally.state == "final" and not is_missing:
        yield from lifecycle.seal_box(world, who, tally.box)
        yield from world.ask_redis(who, f"deletes box {tally.box}", lambda: world.redis.drop_box(tally.box))


def _finish(world: World, who: str, present: int) -> Steps[None]:
    """Seal and drain every box; make the poll final if all are closed and empty."""
    yield from lifecycle.seal_box(world, who, present)
    if world.keeps("empty-before-final"):
        for box in (yield from _list(world, who)):
            yield from drain(world, who, box.number)
        if any(not box.is_closed or box.waiting for box in (yield from _list(world, who))):
            return
    yield from lifecycle.finish(world, who, present)
