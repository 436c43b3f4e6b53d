"""The life of a poll: opening a box, closing, reopening, and the next round (polls/lifecycle/transitions.py)."""

from ops.model.counting import publish
from ops.model.stores import Tally
from ops.model.world import NoAnswerError, NotSentError, Steps, World


def open_box(world: World, who: str, missing: int) -> Steps[Tally | None]:
    """Make the next box for somebody who found none of the number `missing`; None if the poll takes no votes."""
    is_fresh = False

    def body(tally: Tally) -> Tally | None:
        nonlocal is_fresh
        if tally.state != "open" or world.is_over(tally):
            return None
        if is_fresh := tally.box == missing:
            tally.open_fresh_box()
            tally.version += 1
        return tally.copy()

    def told(found: Tally | None) -> str:
        return ": it takes no votes" if found is None else f": box {found.box}"

    found = yield from world.transact(who, f"finds no box {missing} and asks Postgres for the next", body, told)
    if found is not None and is_fresh:
        yield from make_box(world, who, found)
    return found


def make_box(world: World, who: str, tally: Tally) -> Steps[None]:
    """Make the box in Redis. If Redis does not answer, the safety net or the next web service does it."""
    told = lambda was_made: "" if was_made else ": refused, there is a newer one"  # noqa: E731
    try:
        make = lambda: world.redis.make_box(tally.box, tally.round, has_closing_time=tally.has_closing_time)  # noqa: E731
        yield from world.ask_redis(who, f"makes box {tally.box}", make, told)
    except (NotSentError, NoAnswerError):
        return
    yield from publish(world, who)


def seal(world: World) -> Steps[None]:
    """Close the poll: first in Postgres, then the box."""

    def body(tally: Tally) -> int:
        world.closed_rounds.add(tally.round)
        if tally.state == "open":
            tally.state, tally.version = "sealing", tally.version + 1
        return tally.box

    box = yield from world.transact("the host", "closes the poll in Postgres", body)
    yield from seal_box(world, "the host", box)
    yield from publish(world, "the host")


def seal_box(world: World, who: str, box: int) -> Steps[None]:
    """Seal a box in Redis."""
    told = lambda is_there: "" if is_there else ": there is none"  # noqa: E731
    yield from world.ask_redis(who, f"seals box {box}", lambda: world.redis.seal_box(box), told)


def seal_by_clock(world: World, who: str, box: int) -> Steps[None]:
    """Close a poll whose box is sealed, or whose closing time has come by Postgres's clock."""

    def body(tally: Tally) -> bool:
        is_as_seen = tally.state == "open" and tally.box == box
        if is_as_seen:
            tally.state, tally.version = "sealing", tally.version + 1
        return is_as_seen

    def told(is_closed: bool) -> str:
        return "" if is_closed else ": no, it has changed since"

    yield from world.transact(
        who, f"closes the poll in Postgres, since box {box} is sealed or its time over", body, told
    )


def finish(world: World, who: str, box: int) -> Steps[None]:
    """Make a sealing poll final. The caller has seen every box closed and empty."""

    def body(tally: Tally) -> str:
        is_as_seen = tally.state == "sealing" and tally.box == box
        if tally.state != "final" and (is_as_seen or not world.keeps("checked-under-the-lock")):
            tally.state, tally.version = "final", tally.version + 1
        return tally.state

    yield from world.transact(who, "makes the poll final", body, lambda state: "" if state == "final" else ": not now")
    yield from publish(world, who)


def reopen(world: World) -> Steps[None]:
    """Open a final poll again, in the same round."""

    def body(tally: Tally) -> Tally | None:
        if tally.state != "final":
            return None
        tally.has_closing_time = False
        tally.open_fresh_box()
        tally.version += 1
        return tally.copy()

    def told(found: Tally | None) -> str:
        return ": not possible now" if found is None else f", with box {found.box}"

    found = yield from world.transact("the host", "opens the poll again", body, told)
    if found is not None:
        yield from make_box(world, "the host", found)


def reset(world: World) -> Steps[None]:
    """Begin the next round: all votes of this one go."""
    old_box = 0

    def body(tally: Tally) -> Tally:
        nonlocal old_box
        old_box = tally.box
        tally.begin_round()
        tally.version = tally.version + 1 if world.keeps("version-never-back") else 1
        return tally.copy()

    told = lambda tally: f": round {tally.round}, with box {tally.box}"  # noqa: E731
    found = yield from world.transact("the host", "resets the poll", body, told)
    yield from make_box(world, "the host", found)
    drop = lambda: world.redis.drop_box(old_box, with_casts=True)  # noqa: E731
    yield from world.ask_redis("the host", f"deletes box {old_box}", drop)
