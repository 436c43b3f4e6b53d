"""The promises, as they are checked when a run has come to rest."""

from ops.model.counting import to_screens
from ops.model.stores import Vote
from ops.model.world import BrokenPromise, World

_REFUSED = ("closed", "other round", "not recorded")


def hub_looks(world: World) -> None:
    """Let the hub read the newest snapshot, as it does now and then: the channel layer may drop messages."""
    if world.keeps("hub-looks") and world.redis.snapshot is not None:
        to_screens(world, world.redis.snapshot)


def fingerprint(world: World) -> object:
    """Return what may still change."""
    pages = [(page.snapshot.version, [receipt.status for receipt in page.receipts]) for page in world.pages.values()]
    boxes = [(box.number, box.is_sealed, len(box.votes)) for box in world.redis.boxes.values()]
    return world.tally.version, world.tally.state, boxes, pages


def check(world: World) -> None:
    """Raise BrokenPromise if a promise does not hold now that everything is at rest."""
    for vote in world.votes.values():
        _check_vote(world, vote)
    for page in world.pages.values():
        if page.snapshot != world.tally:
            text = (
                f"The page of voter {page.voter} shows an older result than Postgres has, and nothing will change that."
            )
            raise BrokenPromise("P7", text)
    for box in world.redis.boxes.values():
        if box.took_after_refusal:
            raise BrokenPromise("P3", f"Box {box.number} refused a vote, since its time was over, and then took one.")


def _check_vote(world: World, vote: Vote) -> None:
    tally, answers = world.tally, world.answers.get(vote.number, [])
    stored = tally.ballots.get(vote.voter)
    if vote.number in world.counted and (told := [outcome for outcome, _ in answers if outcome in _REFUSED]):
        raise BrokenPromise(
            "P1", f"The voter of {vote} was told that it is not taken ({told[-1]}), and it was counted."
        )
    taken = [outcome for outcome, _ in answers if outcome in ("received", "counted")]
    rounds = [round_ for outcome, round_ in answers if outcome in ("received", "counted")]
    if not rounds:
        return
    if stored is not None and stored.number == vote.number and tally.round not in rounds:
        raise BrokenPromise("P1", f"{vote} was taken in round {rounds[-1]}, and is counted in round {tally.round}.")
    # What Redis loses is sent again by a page that is open, or its voter hears that it is lost.
    may_be_lost = answers[-1][0] in ("lost", *_REFUSED) or vote.voter not in world.pages
    if tally.round != rounds[-1] or (may_be_lost and world.redis_has_lost_data):
        return
    if stored is None:
        raise BrokenPromise("P1", f"The voter of {vote} was told that it is {taken[0]}, and it is not counted.")
    if stored.number < vote.number:
        raise BrokenPromise("P2", f"{stored} counts, though {vote} of the same voter is newer and was taken.")


def check_taken(world: World, vote: Vote | None) -> None:
    """Raise BrokenPromise if a vote was not taken, with the poll open and everything up."""
    assert vote is not None
    outcome = world.answers[vote.number][-1][0]
    if outcome not in ("received", "counted"):
        raise BrokenPromise("P4", f"The poll is open and everything is up, and {vote} is not taken ({outcome}).")


def check_final(world: World) -> None:
    """Raise BrokenPromise if a closed poll has not become final, or leaves a receipt without an answer."""
    if world.tally.state != "final":
        raise BrokenPromise("P3", f"The poll is closed and everything is up, and it stays {world.tally.state}.")
    for page in world.pages.values():
        for receipt in page.receipts:
            if receipt.status == "waiting":
                text = f"The result is final, and the page of voter {page.voter} waits for {receipt.vote} for ever."
                raise BrokenPromise("P5", text)
