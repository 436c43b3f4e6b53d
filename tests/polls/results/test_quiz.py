"""A quiz: what is right is a part of the result of a final poll, and of nothing before."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from polls.box import ballot_box, definitions
from polls.box.casts import new_cast_id
from polls.counting import audit
from polls.kinds import YES_NO
from polls.lifecycle import safety_net, transitions, trials
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Choice, Poll, ResultRule, State, Tally
from polls.results import snapshots
from polls.views import drawn
from polls.voting import casting
from polls.voting.casting import Submission
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import browser_of, owned
from tests.polls.poll_driver import Client, PollDriver, post
from tests.polls.views.test_result_rule import frame, page

CITIES = ("Bern", "Basel", "Berlin")
#: What anybody can ask for of the poll `swiss`.
PUBLIC = ("/p/swiss/", "/p/swiss/results/", "/p/swiss/present/", "/p/swiss/present/?result=shown")
FILES = ("/p/swiss/results.json", "/p/swiss/results.json?view=audience", "/p/swiss/results.csv")
SOCKETS = ("/ws/polls/swiss/", "/ws/polls/swiss/?screen=projector")
#: Values that differ from one answer to the next: times, versions, tokens.
PASSING = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.+]+|\d\d:\d\d(:\d\d)?|(?<=version\W{3})\d+|(?<=version\W{2})\d+|[\w:.=-]{16,}"
)
#: The words that a page's script takes.
WORDS = re.compile("<template.*?</template>", re.DOTALL)


def quiz(*right: int, **fields: Any) -> PollDriver:
    """An open quiz."""
    return PollDriver(make_poll("swiss", *CITIES, right=right, **fields))


def mark(driver: PollDriver, *right: int) -> None:
    """Say that other choices are right."""
    with transaction.atomic():
        for place, choice in enumerate(driver.choices):
            Choice.objects.filter(pk=choice).update(is_right=place in right)
        transitions.edited(driver.poll.pk)


def pick(driver: PollDriver, voter: str, *places: int) -> None:
    """Vote for several."""
    selections = tuple(driver.choices[place] for place in places)
    casting.cast(driver.definition, Submission(voter, new_cast_id(), selections, None))


def end(driver: PollDriver) -> None:
    """Close the poll and count it to its end."""
    transitions.seal(driver.poll.pk)
    driver.count()
    safety_net.sweep()
    assert driver.tally.state == State.FINAL
    forget()


def forget() -> None:
    """Let this process draw each page anew."""
    definitions.cache.clear()
    drawn.forget()


def result(driver: PollDriver) -> Any:
    """The snapshot as anybody may see it."""
    return snapshots.newest([driver.poll.pk]).seen_by(snapshots.ANYBODY, driver.poll.pk)


def everything(client: Client) -> dict[str, str]:
    """Return each public answer, without what passes."""
    found = {path: page(client, path) for path in (*PUBLIC, *FILES, "/?home")}
    found |= {path: frame(client, path) for path in SOCKETS}
    return {path: PASSING.sub("…", text) for path, text in found.items()}


# Before the poll is final -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [ResultRule.ALWAYS, ResultRule.STAFF])
@pytest.mark.parametrize("state", [State.SCHEDULED, State.OPEN, State.SEALING])
def test_nothing_public_tells_what_is_right_too_early(rule: ResultRule, state: State) -> None:
    """Another right answer changes no public answer, not by a letter, nor what Redis holds."""
    driver = quiz(0, max_choices=2, result_rule=rule)
    for slug in ("other", "third"):  # with one open poll the home page is no list
        make_poll(slug, "Red", "Blue")
    pick(driver, "ann", 0)
    driver.count()
    Tally.objects.filter(pk=driver.poll.pk).update(state=state)
    # A time line may move on between two answers: what tells of the right answer differs each time.
    for _ in range(3):
        told = []
        for right in ((0,), (1, 2)):
            mark(driver, *right)
            forget()
            told.append(everything(Client()))
        differing = {path: text for path, text in told[0].items() if told[1][path] != text}
        if not differing:
            break
    assert differing == {}
    definition = definitions.of(Poll.objects.get(pk=driver.poll.pk)).dump()
    _, stored = ballot_box.snapshots([driver.poll.pk])
    for text in (*told[1].values(), definition, str(stored)):
        assert not re.search(r"is_right|right_ids|right_voters|\bquiz\W", text)


def test_a_voter_is_not_told_either(client: Client) -> None:
    driver = quiz(0)
    answer = post(client, driver, choice=driver.choices[0])
    driver.count()
    forget()
    told = answer.content.decode() + page(client, "/p/swiss/") + page(client, "/p/swiss/results.json")
    assert not re.search(r"\bquiz\b|data-said=\"(right|wrong)", told)


def test_a_test_round_shows_no_right_answer(client: Client) -> None:
    """Those who try the poll out may vote in it afterwards."""
    driver = PollDriver(make_poll("swiss", *CITIES, right=[0], opened=False))
    trials.try_out(driver.poll.pk)
    driver.vote("ann")
    end(driver)
    assert "quiz" not in result(driver)


def test_opened_again_it_hides_what_is_right() -> None:
    driver = quiz(0)
    end(driver)
    assert "quiz" in result(driver)
    transitions.open_poll(driver.poll.pk)
    assert "quiz" not in result(driver)


# Afterwards ---------------------------------------------------------------------------------------------------------


def test_a_final_quiz_says_what_is_right_and_how_many_knew_it(client: Client) -> None:
    driver = quiz(0)
    for voter, place in (("ann", 0), ("bob", 1), ("cid", 2), ("dan", 1)):
        driver.vote(voter, place)
    end(driver)
    assert page_json(client)["quiz"] == {"right": [driver.choices[0]], "voters": 1, "percent": 25}
    assert "<b>Bern</b> is the right answer. 1 of 4 answered right (25%)." in page(client, "/p/swiss/results/")
    shown = page(client, "/p/swiss/present/")
    assert '<p class="won"><b>25</b>%</p>' in re.sub(r' data-each="[^"]*"', "", shown)
    assert "won" not in re.sub(r"<.*?>", "", page(client, "/p/swiss/results/").split('id="sentences"')[0])
    assert [line.rsplit(",", 1)[1] for line in page(client, "/p/swiss/results.csv").split()] == [
        "right",
        '"right"',
        '""',
        '""',
    ]
    assert "right: <b>Bern</b> 25%" in page(client, "/?home")


def page_json(client: Client) -> Any:
    return json.loads(page(client, "/p/swiss/results.json"))


def test_of_several_all_have_to_be_right_and_no_other(client: Client) -> None:
    driver = quiz(0, 1, max_choices=3)
    for voter, places in (("ann", (1, 0)), ("bob", (0,)), ("cid", (0, 1, 2)), ("dan", (0, 1)), ("eve", (2,))):
        pick(driver, voter, *places)
    end(driver)
    assert page_json(client)["quiz"] == {"right": driver.choices[:2], "voters": 2, "percent": 40}
    assert "<b>Bern</b> and <b>Basel</b> are the right answers. 2 of 5 answered right (40%)." in page(
        client, "/p/swiss/results/"
    )


def test_ballots_that_are_set_aside_are_not_right_either() -> None:
    driver = quiz(0)
    for voter in ("ann", "bob"):
        driver.vote(voter)
    driver.count()
    driver.poll.ballots.filter(pk=driver.poll.ballots.first().pk).update(network="6a6a6a6a")  # type: ignore[union-attr]
    transitions.set_aside(driver.poll.pk, "6a6a6a6a")
    end(driver)
    assert result(driver)["quiz"]["voters"] == 1


def test_the_share_is_that_of_the_right_answer(client: Client) -> None:
    """Shares of parts of a hundred are not all rounded."""
    driver = quiz(2)
    for number, place in enumerate((0, 0, 0, 0, 0, 1, 2)):
        driver.vote(f"voter {number}", place)
    end(driver)
    shown = page_json(client)
    assert shown["quiz"]["percent"] == shown["choices"][2]["percent"]


def test_nobody_voted(client: Client) -> None:
    driver = quiz(0)
    end(driver)
    assert page_json(client)["quiz"] == {"right": [driver.choices[0]], "voters": 0, "percent": 0}
    assert "Nobody voted." in page(client, "/p/swiss/results/")


@pytest.mark.parametrize("rule", list(ResultRule))
def test_who_may_see_the_result_sees_what_is_right(rule: ResultRule) -> None:
    """A result that is for hosts alone keeps its right answer with it: what was told can't be taken back."""
    driver = quiz(0, result_rule=rule)
    driver.vote("ann")
    end(driver)
    ada = User.objects.create_user("ada", is_staff=True)
    owned(driver.poll, ada)
    told = {
        path
        for path, text in everything(Client()).items()
        if re.search(r'"quiz"|class="right-answer"|</b> is the right answer|,"right"$', WORDS.sub("", text), re.M)
    }
    assert bool(told) == (rule != ResultRule.STAFF)
    assert ("quiz" in result(driver)) == (rule != ResultRule.STAFF)
    assert "quiz" in json.loads(page(browser_of(ada), "/p/swiss/results.json"))
    assert "<b>Bern</b> is the right answer" in page(browser_of(ada), "/host/swiss/")


@pytest.mark.parametrize(("place", "said"), [(0, "You answered right."), (1, "Your answer is not right.")])
@pytest.mark.parametrize("choices", [2, 3])
def test_a_voter_is_told_whether_they_answered_right(client: Client, place: int, said: str, choices: int) -> None:
    driver = PollDriver(make_poll("swiss", *CITIES[:choices], right=[0]))
    post(client, driver, choice=driver.choices[place])
    end(driver)
    shown = page(client, "/p/swiss/").split("<template")[0]
    kind = "right" if place == 0 else "wrong"
    assert f'data-said="{kind}"' in shown
    assert said in shown
    assert "<b>Bern</b> is the right answer" in shown
    other = page(Client(), "/p/swiss/").split("<template")[0]
    assert 'data-said=""' in other
    assert "<b>Bern</b> is the right answer" in other


# Rules --------------------------------------------------------------------------------------------------------------


def test_the_right_answer_changes_until_the_poll_is_final() -> None:
    driver = quiz(0)
    driver.vote("ann", 1)
    driver.count()
    mark(driver, 1)
    end(driver)
    assert result(driver)["quiz"] == {"right": [driver.choices[1]], "voters": 1, "percent": 100}
    with pytest.raises(NotPossibleError, match="open the poll again"):
        mark(driver, 0)
    assert list(Choice.objects.filter(is_right=True).values_list("pk", flat=True)) == [driver.choices[1]]
    transitions.open_poll(driver.poll.pk)
    mark(driver, 0)
    end(driver)
    assert result(driver)["quiz"]["voters"] == 0


@pytest.mark.parametrize(
    ("fields", "right", "said"),
    [
        ({}, (0, 1), "only one can be right"),
        ({"max_choices": 2}, (0, 1, 2), "up to 2 choices"),
        ({"kind": YES_NO}, (0,), "no right answer"),
    ],
)
def test_a_poll_has_no_more_right_answers_than_a_ballot(fields: Any, right: Any, said: str) -> None:
    with pytest.raises(NotPossibleError, match=said):
        make_poll("swiss", *CITIES, right=right, **fields)


def test_a_new_round_keeps_what_is_right() -> None:
    driver = quiz(0)
    driver.vote("ann")
    end(driver)
    transitions.reset(driver.poll.pk)
    assert "quiz" not in result(driver)
    assert driver.poll.past_rounds.get().snapshot["quiz"]["voters"] == 1
    assert driver.tally.right_ids == [driver.choices[0]]


# Audit --------------------------------------------------------------------------------------------------------------


def test_the_audit_recounts_right_ballots() -> None:
    driver = quiz(0, 1, max_choices=2)
    pick(driver, "ann", 1, 0)
    pick(driver, "bob", 0)
    end(driver)
    assert audit.compare(driver.poll.pk).differences == ()
    Tally.objects.filter(pk=driver.poll.pk).update(right_voters=2)
    (found,) = audit.compare(driver.poll.pk).differences
    assert (found.what, found.stored, found.recomputed) == (audit.What.RIGHT, 2, 1)
    assert audit.repair(driver.poll.pk)[1].differences == ()
    assert driver.tally.right_voters == 1
