"""Rules of editing a poll: ballots that are on their way have to stay countable.

All of it needs the lock on the Tally row.
"""

from django.utils.translation import gettext, ngettext

from polls.counting.tally import kind_of
from polls.kinds import BadDetailsError
from polls.lifecycle.steps import UNOPENED, NotPossibleError, check_can_open, choose_electorate
from polls.models import Ballot, Choice, Poll, State, Tally


def check_kind(poll_id: int) -> None:
    """Raise NotPossibleError unless the kind of the poll can work with its details and with choices as these."""
    try:
        kind = kind_of(poll_id)
    except BadDetailsError as error:
        raise NotPossibleError(str(error)) from error
    choices = Choice.objects.filter(poll_id=poll_id).order_by("pk").values_list("statement", "text")
    if refusal := kind.refusal(list(choices)):
        raise NotPossibleError(refusal)


def version(tally: Tally) -> int:
    """Return the version of what hosts edit: entries that voters write raise that of the definition, and not this."""
    return tally.definition_version - Choice.objects.filter(poll_id=tally.pk, author__isnull=False).count()


def choices_may_change(tally: Tally) -> bool:
    """Tell whether choices may be added and removed: before the opening, or if the poll is final without ballots."""
    return tally.state in UNOPENED or (tally.state == State.FINAL and tally.voters == 0)


def check_choices(tally: Tally, left: int) -> None:
    """Raise NotPossibleError unless choices may come and go, and so many may be left."""
    if not choices_may_change(tally):
        raise NotPossibleError(
            gettext(
                "Choices can't be added or removed once a poll has been opened; their texts can change. To change them "
                "all, start another round and close the poll first."
            )
        )
    if tally.state != State.DRAFT:
        check_can_open(tally.pk, left)
    given = kind_of(tally.pk).choices
    if given and left != len(given):
        text = gettext("This kind of poll has {count} choices: {choices}. Their texts can change.")
        raise NotPossibleError(text.format(count=len(given), choices=", ".join(map(str, given))))


def rule_may_change(tally: Tally) -> bool:
    """Tell whether it may still be changed whether voters may change their vote: while no ballot can be there."""
    return choices_may_change(tally) and not Ballot.objects.filter(poll_id=tally.pk).exists()


def take_rule(tally: Tally) -> None:
    """Take over from the poll whether votes can be changed. Raises NotPossibleError if votes are there."""
    allows_changes = Poll.objects.values_list("allows_changes", flat=True).get(pk=tally.pk)
    if allows_changes == tally.allows_changes:
        return
    if not rule_may_change(tally):
        raise NotPossibleError(gettext("Whether voters may change their vote is fixed once a poll has been opened."))
    tally.allows_changes = allows_changes


def check_electorate(tally: Tally) -> None:
    """Raise NotPossibleError unless others may vote from now on: no ballot can be there."""
    if not rule_may_change(tally):
        raise NotPossibleError(gettext("Who may vote is fixed once a poll has been opened."))


def take_electorate(tally: Tally) -> None:
    """Take over from the poll or its event who may vote, unless ballots may be there: then they keep their voters."""
    if rule_may_change(tally):
        choose_electorate(tally)


def right_may_change(tally: Tally) -> bool:
    """Tell whether other choices may be right: until the poll is final, since nobody has been told before."""
    return tally.state != State.FINAL or tally.voters == 0


def take_right(tally: Tally) -> None:
    """Take over the right answers from the choices. Raises NotPossibleError if the poll can't have them, or not now."""
    right = sorted(Choice.objects.filter(poll_id=tally.pk, is_right=True).values_list("pk", flat=True))
    if right != tally.right_ids and not right_may_change(tally):
        raise NotPossibleError(
            gettext("The right answer of a final poll has been shown. To change it, open the poll again first.")
        )
    if right and not kind_of(tally.pk).has_right_answers:
        raise NotPossibleError(gettext("This kind of poll has no right answer."))
    most = Poll.objects.values_list("max_choices", flat=True).get(pk=tally.pk)
    if len(right) > most:
        raise NotPossibleError(too_many_right(most))
    tally.right_ids = right


def too_many_right(most: int) -> str:
    """Return why there may be no more right answers than a voter may pick: no ballot could be right."""
    text = ngettext(
        "Voters pick one choice, so only one can be right.",
        "Voters pick up to {most} choices, so no more can be right.",
        most,
    )
    return text.format(most=most)
