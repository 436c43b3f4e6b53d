"""The rules that can be left out: what each says, what it is for, where the code keeps it, and which test holds it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.model.stories import RESET, SEAL, SWEEP, VOTE_1, VOTE_2, story

_P1 = "tests/promises/test_p1_nothing_lost.py"
_P2 = "tests/promises/test_p2_the_last_one_counts.py"
_P3 = "tests/promises/test_p3_sealing.py"


@dataclass(frozen=True)
class Rule:
    """A rule of the protocol; `number` is that of docs/architecture.md."""

    name: str
    number: str
    sentence: str
    without: str
    code: str
    test: str
    #: The first choices of a run in which it matters.
    story: tuple[int, ...]


_ALL = (
    Rule(
        "by-cast-id",
        "1",
        "A vote counts once because of its cast id, never because of its position in the box.",
        "A vote on the direct path is taken for the count of those that wait in the box.",
        "polls/counting/tally.py: _store",
        f"{_P2}: test_a_direct_vote_is_no_count_of_what_waits_in_the_box",
        story(VOTE_1, VOTE_2),
    ),
    Rule(
        "newest-cast",
        "1",
        "Of two votes of one voter the greater cast id counts, whichever arrives first.",
        "A vote that comes late beats the change of mind after it.",
        "polls/counting/tally.py: _newer",
        f"{_P2}: test_a_late_cast_does_not_beat_the_change_of_mind",
        story(VOTE_1, VOTE_1),
    ),
    Rule(
        "one-cast-id",
        "2",
        "A press has one cast id, on whichever path it goes.",
        "The direct path makes an old press newer than a later one.",
        "polls/voting/casting.py: _Attempt._into_postgres",
        f"{_P2}: test_a_cast_whose_answer_is_lost_counts_once",
        story(VOTE_1, VOTE_1, second_service=True),
    ),
    Rule(
        "stamp-of-the-press",
        "2",
        "The cast id is of the moment of the press, not of the moment at which a web service gets to it.",
        "A web service that hung beats a newer choice of its voter.",
        "polls/voting/submission.py: read",
        f"{_P2}: test_a_service_that_hung_does_not_beat_a_newer_choice",
        story(VOTE_1, VOTE_1, second_service=True),
    ),
    Rule(
        "unanswered-is-unknown",
        "3",
        "After a command to Redis without an answer a voter hears counted, received or unknown, never a refusal.",
        "A voter is refused, and the command has put the vote into the box.",
        "polls/voting/casting.py: _Attempt.run",
        f"{_P2}: test_a_poll_that_closes_over_a_cast_denies_nothing",
        story(VOTE_1, SEAL),
    ),
    Rule(
        "receipt-is-settled",
        "3",
        "A vote that comes again with its receipt is looked up, and not refused.",
        "A poll that has closed refuses a vote that it has counted.",
        "polls/voting/casting.py: cast_again",
        f"{_P2}: test_a_receipt_is_never_refused_after_the_poll_has_closed",
        story(VOTE_1, SEAL, SWEEP),
    ),
    Rule(
        "no-retries",
        "4",
        "The client of Redis does not send a command again by itself.",
        "The second sending is refused, and the first one had been taken.",
        "core/stores/redis.py: client",
        f"{_P2}: test_nobody_sends_a_cast_a_second_time",
        story(VOTE_1, SEAL),
    ),
    Rule(
        "checked-under-the-lock",
        "5",
        "A transition checks again under the Tally lock what it has read before.",
        "A worker makes a poll final that was reset since the worker looked.",
        "polls/lifecycle/transitions.py: finish",
        f"{_P3}: test_empty_boxes_seen_before_the_poll_went_on_are_not_final",
        story(SEAL, RESET, VOTE_2, SWEEP),
    ),
    Rule(
        "version-grows",
        "5",
        "Whatever changes a result raises its version.",
        "Screens do not take a result of the same version.",
        "polls/counting/tally.py: count_direct",
        "tests/polls/counting/test_tally.py: test_the_version_grows_with_every_change",
        story(VOTE_1),
    ),
    Rule(
        "version-never-back",
        "5",
        "The version never goes back, not by a reset either.",
        "Screens keep the result of the round before.",
        "polls/lifecycle/steps.py: transition",
        "tests/polls/lifecycle/test_transitions.py: test_a_reset_begins_the_next_round_and_keeps_the_last_totals",
        story(RESET),
    ),
    Rule(
        "opening-asks-postgres",
        "6",
        "A web service that finds no box asks Postgres for the next one, under the Tally lock.",
        "A web service that is behind opens a box of a closed poll, and nobody counts it.",
        "polls/lifecycle/transitions.py: open_box",
        f"{_P3}: test_a_service_that_is_behind_opens_no_box_of_a_closed_poll",
        story(SEAL, SWEEP, SWEEP, VOTE_2),
    ),
    Rule(
        "box-numbers",
        "6",
        "Only the box of the greatest number takes votes, and no box of a smaller number is made.",
        "A box of the round before still takes votes.",
        "polls/box/scripts/make_box.lua",
        f"{_P3}: test_an_older_box_takes_no_votes_though_nobody_has_sealed_it",
        story(RESET, VOTE_1),
    ),
    Rule(
        "sealed-box-refuses",
        "7",
        "A sealed box takes no vote.",
        "A vote is received after everything was counted.",
        "polls/box/scripts/cast.lua",
        f"{_P3}: test_what_is_accepted_until_a_host_closes_is_counted",
        story(SEAL, SWEEP, VOTE_2),
    ),
    Rule(
        "empty-before-final",
        "7",
        "A poll is final only when every box is closed and empty.",
        "The result is final while votes wait in the box.",
        "polls/lifecycle/safety_net.py: _finish",
        f"{_P3}: test_what_was_accepted_before_the_seal_is_counted",
        story(VOTE_2, SEAL, SWEEP),
    ),
    Rule(
        "final-counts-nothing",
        "7",
        "The transaction that counts votes changes nothing in a final poll.",
        "A worker that has slept since it read the box changes a final result.",
        "polls/counting/tally.py: _count",
        f"{_P3}: test_a_final_poll_counts_nothing_more",
        story(VOTE_2, SEAL, SWEEP),
    ),
    Rule(
        "ask-at-final",
        "7",
        "A page whose vote is still waiting when the result is final asks what became of it.",
        "A page waits for ever for a vote that was lost with Redis.",
        "polls/voting/casting.py: settle",
        f"{_P2}: test_a_receipt_is_never_refused_after_the_poll_has_closed",
        story(VOTE_1, SEAL),
    ),
    Rule(
        "sealed-box-closes-poll",
        "7",
        "A box that Redis's clock has sealed closes its poll.",
        "The poll is open in Postgres, and every vote is refused.",
        "polls/lifecycle/safety_net.py: _look_after_present_box",
        f"{_P3}: test_a_clock_that_steps_back_opens_nothing_again",
        story(VOTE_1, closes=True),
    ),
    Rule(
        "refusal-is-written",
        "7",
        "The first vote that is refused since the time is over seals the box.",
        "A clock that steps back opens the poll again.",
        "polls/box/scripts/cast.lua",
        f"{_P3}: test_a_clock_that_steps_back_opens_nothing_again",
        story(VOTE_1, VOTE_2, closes=True),
    ),
    Rule(
        "same-round",
        "8",
        "A vote counts in its own round only.",
        "A vote of the round before counts after the reset.",
        "polls/counting/tally.py: _sift",
        f"{_P3}: test_a_batch_read_before_a_reset_is_not_counted_after_it",
        story(VOTE_1, RESET),
    ),
    Rule(
        "safety-net",
        "9",
        "Each worker has a safety net, which completes what was left half-way.",
        "What a part left half-way when it died stays so.",
        "polls/lifecycle/safety_net.py: sweep",
        f"{_P1}: test_a_service_that_dies_before_it_enqueues_loses_no_vote",
        story(VOTE_1),
    ),
    Rule(
        "boxes-first",
        "9",
        "The safety net lists the boxes first, and asks Postgres afterwards.",
        "A box that is made in between is taken for a stale one, and sealed.",
        "polls/lifecycle/safety_net.py: sweep",
        f"{_P3}: test_a_box_made_while_workers_look_is_not_stale",
        story(RESET, SWEEP, VOTE_1),
    ),
    Rule(
        "snapshot-again",
        "9",
        "The safety net publishes a snapshot again that Redis does not have.",
        "A result that did not get to Redis is on no screen.",
        "polls/lifecycle/safety_net.py: _publish_again",
        "tests/polls/lifecycle/test_safety_net.py: test_a_snapshot_that_redis_has_lost_is_published_again",
        story(VOTE_1),
    ),
    Rule(
        "stale-box-is-counted",
        "9",
        "The safety net counts what is in a stale box before it deletes the box.",
        "Votes that were received go with the box.",
        "polls/lifecycle/safety_net.py: _clear_stale_box",
        f"{_P3}: test_a_poll_is_final_when_every_box_of_its_round_is_empty",
        story(RESET, VOTE_2, SWEEP),
    ),
    Rule(
        "batch-again",
        "10",
        "A worker whose COMMIT got no answer counts the batch again before it deletes it from the box.",
        "The COMMIT never arrived, and the votes are deleted.",
        "polls/counting/drain.py: _count",
        f"{_P1}: test_a_commit_that_never_arrived_deletes_nothing_of_the_box",
        story(VOTE_1),
    ),
    Rule(
        "direct-vote-again",
        "10",
        "A direct vote whose COMMIT got no answer is not called failed: it is counted again, or unknown.",
        "A voter hears that nothing was recorded, and it was.",
        "polls/voting/direct.py: count",
        f"{_P2}: test_an_unanswered_commit_is_unknown_and_safe_to_repeat",
        story(VOTE_1),
    ),
    Rule(
        "no-plain-look",
        "10",
        "In doubt the work is done again, or looked up under the Tally lock; a plain read decides nothing.",
        "The COMMIT is on its way while somebody looks, and comes afterwards.",
        "polls/counting/tally.py: look_up",
        f"{_P2}: test_a_receipt_of_an_unfinished_commit_is_unknown",
        story(VOTE_1),
    ),
    Rule(
        "count-then-delete",
        "P1",
        "Votes are deleted from the box only after the transaction that counts them.",
        "A worker that dies in between takes them along.",
        "polls/counting/drain.py: drain",
        f"{_P1}: test_a_killed_worker_loses_nothing_and_counts_nothing_twice",
        story(VOTE_1),
    ),
    Rule(
        "hub-looks",
        "12",
        "The hub reads the newest snapshot now and then by itself.",
        "A message that the channel layer drops is missing on every screen.",
        "polls/results/hub.py: Hub._refresh_forever",
        "tests/polls/results/test_hub.py: test_a_dropped_snapshot_comes_with_the_next_look",
        story(VOTE_1),
    ),
    Rule(
        "screen-takes-newer",
        "P7",
        "A screen takes a snapshot only of a greater version.",
        "A message that comes late takes the screen back.",
        "polls/results/hub.py: Hub",
        "tests/polls/results/test_hub.py: test_a_room_never_goes_backwards",
        story(VOTE_1, VOTE_2),
    ),
)

#: By name.
RULES: Mapping[str, Rule] = {rule.name: rule for rule in _ALL}
