"""The machine's rows: the state of a poll, its ballots and totals, casts set aside, and past results."""

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy

from polls.models.choices import Choice
from polls.models.polls import Poll, State


class Tally(models.Model):
    """The machine's row of a poll. Lock it (`select_for_update`) to change it or anything that a snapshot shows."""

    poll = models.OneToOneField(Poll, on_delete=models.CASCADE, primary_key=True, related_name="tally")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    #: A reset begins the next round. Casts of other rounds are never counted.
    round = models.PositiveIntegerField(default=1)
    #: A test round: going live deletes its votes.
    is_test = models.BooleanField(default=False, db_default=False)
    #: The number of the present ballot box; 0 before the first. It only grows.
    box = models.PositiveIntegerField(default=0)
    #: The version of the snapshot. It only grows, over resets too.
    version = models.PositiveBigIntegerField(default=1)
    #: The version of the definition that casts are checked against. Only edits raise it.
    definition_version = models.PositiveIntegerField(default=1)
    #: The position of the last counted cast of the present box.
    counted_through = models.CharField(max_length=41, default="0-0")
    #: The ids of the poll's choices, in ascending order.
    choice_ids = models.JSONField(default=list)
    #: `Poll.allows_changes`, taken over while no ballot can be there: else the first counted vote of a voter stays.
    allows_changes = models.BooleanField(default=True, db_default=True)
    #: Who may vote (polls.electorate), taken over from poll or event while no ballot can be there; empty: anyone.
    electorate = models.CharField(max_length=60, default="", db_default="")
    #: The ids of the right answers in ascending order, taken over from the choices; empty if the poll is no quiz.
    right_ids = models.JSONField(default=list, db_default=[])
    #: The number of ballots that count and name all right answers and no other; counted when the poll becomes final.
    right_voters = models.PositiveIntegerField(default=0, db_default=0)
    #: The number of ballots that count: not empty, not set aside.
    voters = models.PositiveIntegerField(default=0)
    #: Voters by time (polls.counting.timeline).
    timeline = models.JSONField(default=dict, db_default={})

    class Meta:
        verbose_name = gettext_lazy("tally")
        verbose_name_plural = gettext_lazy("tallies")

    def __str__(self) -> str:
        return f"{self.poll_id}: {self.state}, round {self.round}, {self.voters} voters"


class Total(models.Model):
    """The number of ballots that name a choice."""

    choice = models.OneToOneField(Choice, on_delete=models.CASCADE, primary_key=True, related_name="total")
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="totals")
    votes = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.choice_id}: {self.votes}"


class Answer(models.Model):
    """The number of ballots that give one answer, of a poll whose kind keeps them; without those that count nowhere."""

    #: No index of its own: that of the constraint begins with it.
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="answers", db_index=False)
    #: As in the ballots.
    selections = models.JSONField()
    ballots = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["poll", "selections"], name="one_row_per_answer")]

    def __str__(self) -> str:
        return f"{self.poll_id}: {self.selections}, {self.ballots} ballots"


class Ballot(models.Model):
    """A voter's selections in one poll: the newest of their casts that was counted."""

    #: No index of its own: both indexes of `Meta` begin with it.
    poll = models.ForeignKey(
        Poll, verbose_name=gettext_lazy("poll"), on_delete=models.CASCADE, related_name="ballots", db_index=False
    )
    #: The first 128 bits of an HMAC-SHA256 of the voter's id under the poll's own key (polls.voting.voters).
    voter_key = models.UUIDField(verbose_name=gettext_lazy("voter key"))
    #: UUIDv7, stamped by the web service with the moment of the press. Of two casts of a voter the greater id counts;
    #: where votes can't be changed, the one that was counted first.
    cast_id = models.UUIDField(verbose_name=gettext_lazy("cast id"))
    #: The ids of the chosen choices, in the order in which they were chosen.
    selections = models.JSONField(verbose_name=gettext_lazy("selections"), default=list)
    counted_at = models.DateTimeField(verbose_name=gettext_lazy("counted at"))
    #: A hash of the network of the voter's first vote (polls.voting.networks); empty if unknown.
    network = models.CharField(verbose_name=gettext_lazy("network"), max_length=8, default="", db_default="")
    #: A host has set aside all ballots of its network: none of them counts (polls.counting.networks).
    is_set_aside = models.BooleanField(verbose_name=gettext_lazy("set aside"), default=False, db_default=False)

    class Meta:
        verbose_name = gettext_lazy("ballot")
        verbose_name_plural = gettext_lazy("ballots")
        constraints: ClassVar = [models.UniqueConstraint(fields=["poll", "voter_key"], name="one_ballot_per_voter")]
        # For the admin: newest cast first, and search by cast id.
        indexes: ClassVar = [models.Index(fields=["poll", "cast_id"], name="ballots_by_cast")]

    def __str__(self) -> str:
        return f"{self.cast_id}"

    @property
    def cast_at(self) -> datetime:
        """Return the moment of the press, to the millisecond: the first 48 bits of a UUIDv7 (RFC 9562, 5.7)."""
        return datetime.fromtimestamp((self.cast_id.int >> 80) / 1000, UTC)


class SetAside(models.Model):
    """A cast that can't be counted, with the reason. It does not hold up the others."""

    #: No foreign key: a missing poll may be the reason.
    poll_id = models.BigIntegerField()
    box = models.PositiveIntegerField(verbose_name=gettext_lazy("box"))
    position = models.CharField(verbose_name=gettext_lazy("position"), max_length=41)
    payload = models.TextField(verbose_name=gettext_lazy("payload"))
    reason = models.TextField(verbose_name=gettext_lazy("reason"))
    set_aside_at = models.DateTimeField(verbose_name=gettext_lazy("set aside at"), auto_now_add=True)

    class Meta:
        verbose_name = gettext_lazy("set-aside ballot")
        verbose_name_plural = gettext_lazy("set-aside ballots")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["poll_id", "box", "position"], name="set_aside_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["poll_id", "id"], name="set_asides_of_a_poll"),
            models.Index(fields=["position"], name="set_asides_by_position"),
        ]

    def __str__(self) -> str:
        return f"{self.poll_id}/{self.box}/{self.position}: {self.reason}"


class BallotList(models.Model):
    """The public list of the ballots of a final poll whose host lets people check the count (polls.recount).

    It is there to be read while `version` is the Tally's: what changes the poll makes another list.
    """

    poll = models.OneToOneField(Poll, on_delete=models.CASCADE, primary_key=True, related_name="ballot_list")
    version = models.PositiveBigIntegerField()
    round = models.PositiveIntegerField()
    ballots = models.PositiveIntegerField(default=0)
    #: Ballots that a host has set aside: they are not in it.
    set_aside = models.PositiveIntegerField(default=0)
    #: Its first line, without the line break.
    head = models.TextField()
    #: The SHA-256 of that line, which binds all others.
    commitment = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    #: What was published of this round before: commitments, each with the time (ISO 8601) of its list, oldest first.
    earlier = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.poll_id}: {self.commitment}"


class BallotListPart(models.Model):
    """Some rows of a public list, as they stand in its file. Postgres compresses them."""

    #: No index of its own: that of the constraint begins with it.
    list = models.ForeignKey(BallotList, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    lines = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "number"], name="one_part_per_number")]

    def __str__(self) -> str:
        return f"{self.list_id}: part {self.number}"


class RoundResult(models.Model):
    """The last snapshot of a round that a reset ended."""

    poll = models.ForeignKey(
        Poll, verbose_name=gettext_lazy("poll"), on_delete=models.CASCADE, related_name="past_rounds"
    )
    round = models.PositiveIntegerField(verbose_name=gettext_lazy("round"))
    snapshot = models.JSONField(verbose_name=gettext_lazy("snapshot"))
    ended_at = models.DateTimeField(verbose_name=gettext_lazy("ended at"), auto_now_add=True)

    class Meta:
        verbose_name = gettext_lazy("round result")
        verbose_name_plural = gettext_lazy("round results")
        constraints: ClassVar = [models.UniqueConstraint(fields=["poll", "round"], name="one_result_per_round")]

    def __str__(self) -> str:
        return f"{self.poll_id}: round {self.round}"
