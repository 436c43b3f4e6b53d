"""Counting: the one transaction that counts votes, the drain of a box, and snapshots for screens (polls/counting/)."""

from collections.abc import Mapping

from ops.model.stores import Tally, Vote
from ops.model.world import BrokenPromise, NoAnswerError, NotSentError, Page, Steps, World, names

#: Votes that one transaction counts.
_BATCH = 2
#: How often a batch is tried whose COMMIT got no answer.
_TRIES = 3


def count(world: World, tally: Tally, votes: Mapping[int, Vote], box: int | None) -> None:
    """Count votes, by position, in a transaction; `box` is None on the direct path."""
    if tally.state == "final" and world.keeps("final-counts-nothing"):
        return
    has_changed = False
    for position, vote in votes.items():
        if _counts(world, tally, position, vote, box):
            tally.ballots[vote.voter] = vote
            has_changed = True
    through = max(votes)
    if box is None and not world.keeps("by-cast-id"):
        box, through = tally.box, world.redis.position
    if box == tally.box and through > tally.counted_through:
        tally.counted_through = through
        has_changed = True
    is_direct = set(votes) == {0}
    if has_changed and not (is_direct and not world.keeps("version-grows")):
        tally.version += 1


def _counts(world: World, tally: Tally, position: int, vote: Vote, box: int | None) -> bool:
    """Tell whether this vote takes the place of the one that is stored."""
    if vote.round != tally.round and world.keeps("same-round"):
        return False
    if box == tally.box and position <= tally.counted_through and not world.keeps("by-cast-id"):
        return False
    stored = tally.ballots.get(vote.voter)
    if stored is None:
        return True
    return vote.cast_id > stored.cast_id if world.keeps("newest-cast") else vote.cast_id != stored.cast_id


def drain(world: World, who: str, box: int) -> Steps[None]:
    """Count what is in a box: read a batch, count it in one transaction, and only then delete it."""
    while True:
        votes = yield from _read(world, who, box)
        if not votes:
            return
        through = max(votes)
        steps = [_count_batch(world, who, box, votes), _trim(world, who, box, through)]
        for step in steps if world.keeps("count-then-delete") else reversed(steps):
            yield from step
        yield from publish(world, who)


def _read(world: World, who: str, box: int) -> Steps[dict[int, Vote]]:
    if world.is_calm and not world.redis.read(box):
        return {}  # nothing to tell

    def batch() -> dict[int, Vote]:
        return dict(list(world.redis.read(box).items())[:_BATCH])

    def told(votes: dict[int, Vote]) -> str:
        return f": {names(list(votes.values()))}" if votes else ": it is empty"

    return (yield from world.ask_redis(who, f"reads box {box}", batch, told))


def _trim(world: World, who: str, box: int, through: int) -> Steps[None]:
    what = f"deletes what it has read from box {box}"
    yield from world.ask_redis(who, what, lambda: world.redis.trim(box, through))


def _count_batch(world: World, who: str, box: int, votes: dict[int, Vote]) -> Steps[None]:
    """In doubt do it again: a COMMIT without an answer may have happened, or not."""
    for _ in range(_TRIES):
        try:
            what = f"counts {names(list(votes.values()))} of box {box} in Postgres"
            yield from world.transact(who, what, lambda tally: count(world, tally, votes, box))
        except NoAnswerError:
            if not world.keeps("batch-again"):
                return
            continue
        return
    raise NotSentError


def publish(world: World, who: str) -> Steps[None]:
    """Store a snapshot in Redis, and send it to the screens over the channel layer. Failing is harmless."""
    try:
        snapshot = yield from world.read_postgres()
        what = f"stores the snapshot of version {snapshot.version} in Redis"
        yield from world.ask_redis(who, what, lambda: world.redis.store_snapshot(snapshot))
    except (NotSentError, NoAnswerError):
        return
    fate = 0 if world.is_calm else world.chooser.fate(3)
    if fate == 0:
        to_screens(world, snapshot)
    elif fate == 1:
        world.say("the channel layer", f"drops the message of version {snapshot.version}")
    else:
        world.say("the channel layer", f"delays the message of version {snapshot.version}")
        text = f"the message of version {snapshot.version} arrives late"
        world.late.append((text, lambda: to_screens(world, snapshot)))


def to_screens(world: World, snapshot: Tally) -> None:
    """Show a snapshot on every page."""
    for page in world.pages.values():
        _show(world, page, snapshot)


def _show(world: World, page: Page, snapshot: Tally) -> None:
    if snapshot.version <= page.snapshot.version and world.keeps("screen-takes-newer"):
        return
    if snapshot.version < page.snapshot.version:
        text = f"The screen showed version {page.snapshot.version}, and goes back to version {snapshot.version}."
        raise BrokenPromise("P7", text)
    page.snapshot = snapshot
    for receipt in page.receipts:
        is_past = snapshot.box == receipt.box and snapshot.counted_through >= receipt.position
        if receipt.status != "waiting" or not (is_past or snapshot.round > receipt.vote.round):
            continue
        receipt.status = "counted" if is_past else "of another round"
        stored = world.tally.ballots.get(page.voter)
        missing = stored is None or stored.number < receipt.vote.number
        if is_past and missing and world.tally.round == receipt.vote.round:
            raise BrokenPromise("P5", f"The page of voter {page.voter} says that {receipt.vote} is counted; it is not.")
