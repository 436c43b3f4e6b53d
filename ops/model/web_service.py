"""A web service takes votes: into the ballot box, else straight into Postgres (polls/voting/)."""

import contextlib
from dataclasses import dataclass, replace

from ops.model import lifecycle
from ops.model.counting import count, publish
from ops.model.stores import Tally, Vote
from ops.model.world import NoAnswerError, NotSentError, Receipt, Service, Steps, World

#: How often a web service follows what Redis says before it gives up on Redis.
_ROUNDS = 4
#: How often it tries the direct path.
_TRIES = 2
_REFUSALS = ("closed", "other round", "not recorded")


@dataclass(slots=True)
class Reply:
    """An answer to a voter, with the place in the box of a vote that is received."""

    outcome: str
    box: int = 0
    position: int = 0


class Request:
    """A request with a vote at a web service."""

    def __init__(self, world: World, service: Service, vote: Vote, *, has_receipt: bool = False) -> None:
        self._world = world
        self._service = service
        self._vote = vote
        self._has_receipt = has_receipt
        self._was_sent = False

    def run(self) -> Steps[Reply]:
        """Take the vote, and say honestly what became of it."""
        world = self._world
        world.say(self._service.name, f"gets {self._vote} of voter {self._vote.voter}" + " again" * self._has_receipt)
        reply = (yield from self._into_box()) or (yield from self._into_postgres())
        if self._was_sent and reply.outcome in _REFUSALS and world.keeps("unanswered-is-unknown"):
            reply = Reply("unknown")
        if self._has_receipt and reply.outcome in _REFUSALS and world.keeps("receipt-is-settled"):
            reply = yield from self._settle()
        return reply

    def _into_box(self) -> Steps[Reply | None]:
        """Put it into the ballot box; None if Redis did not take it, or did not say so."""
        for _ in range(_ROUNDS):
            known = yield from self._definition()
            if known is None:
                return None
            if refusal := self._check(known):
                if refusal.outcome == "closed" or not (yield from self._read_again()):
                    return refusal
                continue
            try:
                outcome, position = yield from self._cast(known.box)
            except NotSentError:
                return None
            except NoAnswerError:
                self._was_sent = True
                return None
            if outcome == "received":
                yield from self._ring()
                return Reply("received", known.box, position)
            follow = self._after_seal(known.box) if outcome == "sealed" else self._open_box(known)
            reply = yield from follow
            if reply is not None:
                return reply
        return None

    def _definition(self) -> Steps[Tally | None]:
        """Return the definition that this service knows, however old an open one is; else read it from Postgres."""
        known = self._service.known
        if known is None or known.state != "open":
            try:
                self._service.known = yield from self._world.read_postgres()
            except NotSentError:
                return known
        return self._service.known

    def _read_again(self) -> Steps[bool]:
        """Ask Postgres, since an old definition refuses nothing; tell whether it has a newer one."""
        known = self._service.known
        try:
            self._service.known = yield from self._world.read_postgres()
        except NotSentError:
            return False
        return known is None or self._service.known.round != known.round

    def _check(self, known: Tally) -> Reply | None:
        if known.state != "open":
            return Reply("closed")
        if self._has_receipt and known.round != self._vote.round:
            return Reply("other round")
        self._vote.round = known.round
        return None

    def _cast(self, box: int) -> Steps[tuple[str, int]]:
        vote = self._vote
        what = f"sends {vote} to box {box}"

        def told(reply: tuple[str, int]) -> str:
            return f": {reply[0]}" + f", position {reply[1]}" * (reply[0] == "received")

        send = lambda: self._world.redis.cast(box, vote)  # noqa: E731
        try:
            return (yield from self._world.ask_redis(self._service.name, what, send, told))
        except NoAnswerError:
            if self._world.keeps("no-retries"):
                raise
            return (yield from self._world.ask_redis(self._service.name, f"(its client) {what}", send, told))

    def _ring(self) -> Steps[None]:
        with contextlib.suppress(NotSentError, NoAnswerError):
            yield from self._world.ask_redis(self._service.name, "rings the bell", self._world.redis.ring)

    def _after_seal(self, sealed: int) -> Steps[Reply | None]:
        """Find the box that came after a sealed one."""
        try:
            self._service.known = yield from self._world.read_postgres()
        except NotSentError:
            self._service.known = None
            return Reply("closed")
        known = self._service.known
        return Reply("closed") if known.state != "open" or known.box == sealed else None

    def _open_box(self, known: Tally) -> Steps[Reply | None]:
        """Have the next box made. Opening asks Postgres."""
        world, name = self._world, self._service.name
        try:
            if not world.keeps("opening-asks-postgres"):
                self._service.known = replace(known, box=known.box + 1)
                yield from lifecycle.make_box(world, name, self._service.known)
                return None
            found = yield from lifecycle.open_box(world, name, known.box)
        except (NotSentError, NoAnswerError):
            return None
        self._service.known = found
        return Reply("closed") if found is None else None

    def _into_postgres(self) -> Steps[Reply]:
        """Straight into Postgres, by the tally's code and under the same cast id."""
        world = self._world
        if self._was_sent and not world.keeps("one-cast-id"):
            self._vote = replace(self._vote, cast_id=world.next_stamp())
        in_doubt = False
        for _ in range(_TRIES):
            try:
                outcome = yield from world.transact(
                    self._service.name, f"counts {self._vote} in Postgres", self._count, lambda told: f": {told}"
                )
            except NotSentError:
                continue
            except NoAnswerError:
                in_doubt = True
                if reply := (yield from self._after_no_answer()):
                    return reply
                continue
            if outcome != "counted":
                self._service.known = None
            else:
                yield from publish(world, self._service.name)
            return Reply(outcome)
        return Reply("unknown" if in_doubt else "not recorded")

    def _count(self, tally: Tally) -> str:
        vote = self._vote
        if not vote.round:
            vote.round = tally.round
        if vote.round != tally.round and self._world.keeps("same-round"):
            return "other round"
        stored = tally.ballots.get(vote.voter)
        if stored is not None and stored.cast_id == vote.cast_id:
            return "counted"
        world = self._world
        if tally.state != "open" or world.is_over(tally):
            return "closed"
        count(world, tally, {0: vote}, None)
        return "counted"

    def _after_no_answer(self) -> Steps[Reply | None]:
        """Do it again, by the rules; without one of them, guess or look."""
        world = self._world
        if not world.keeps("direct-vote-again"):
            return Reply("not recorded")
        if world.keeps("no-plain-look"):
            return None
        try:
            tally = yield from world.read_postgres()
        except NotSentError:
            return Reply("unknown")
        is_there = self._vote.voter in tally.ballots and tally.ballots[self._vote.voter].cast_id >= self._vote.cast_id
        world.say(self._service.name, f"looks without the lock: {self._vote} is {'' if is_there else 'not '}stored")
        return Reply("counted" if is_there else "not recorded")

    def _settle(self) -> Steps[Reply]:
        """Answer a receipt whose poll takes no votes: counted, lost, or not known yet. Looks under the Tally lock."""
        vote = self._vote

        def look(tally: Tally) -> str:
            stored = tally.ballots.get(vote.voter)
            if tally.round == vote.round and stored is not None and stored.cast_id >= vote.cast_id:
                return "counted"
            return "lost" if tally.round != vote.round or tally.state == "final" else "unknown"

        try:
            what = f"looks {vote} up in Postgres"
            return Reply((yield from self._world.transact(self._service.name, what, look, lambda told: f": {told}")))
        except (NotSentError, NoAnswerError):
            return Reply("unknown")


def first_request(world: World, service: Service, vote: Vote) -> Steps[None]:
    """Take a vote for the first time, and tell the voter's page."""
    yield
    if not world.keeps("stamp-of-the-press"):
        vote.cast_id = world.next_stamp()
    reply = yield from Request(world, service, vote).run()
    if vote.number in world.given_up:
        return
    world.answer(vote, reply.outcome)
    if reply.outcome == "received" and vote.voter in world.pages:
        world.pages[vote.voter].receipts.append(Receipt(replace(vote), reply.box, reply.position))


def repeat(world: World, service: Service, receipt: Receipt) -> Steps[None]:
    """Send a vote again with its receipt, as a page does whose receipt may be lost."""
    world.say(f"voter {receipt.vote.voter}", f"'s page asks again for {receipt.vote}, with its receipt")
    reply = yield from Request(world, service, replace(receipt.vote), has_receipt=True).run()
    world.answer(receipt.vote, reply.outcome)
    if reply.outcome == "received":
        receipt.box, receipt.position = reply.box, reply.position
    receipt.status = "waiting" if reply.outcome in ("received", "unknown") else reply.outcome
