"""Asking yes or no at once."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from polls.kinds import YES_NO
from polls.models import Poll, State
from tests.polls.host.test_editor import form, texts
from tests.polls.poll_driver import JSON, Client, PollDriver

QUICK = "/host/new/quick/"


def test_one_press_makes_a_poll_and_opens_it(host: Client, ada: User):
    answer = host.post(QUICK, {"question": "", "code": "k7k7"})
    driver = PollDriver(Poll.objects.get())
    assert answer["Location"] == "/host/yes-or-no/"
    assert (driver.poll.question, driver.poll.kind, driver.poll.owner) == ("Yes or no?", YES_NO, ada)
    assert (texts(driver.poll), driver.tally.state) == (["Yes", "No", "Abstain"], State.OPEN)
    assert LogEntry.objects.get().get_change_message() == "Asked yes or no."
    assert "Poll opened." in host.get(answer["Location"]).content.decode()


def test_what_is_sent_twice_is_asked_once(host: Client):
    first, again = (host.post(QUICK, {"question": "Lunch?", "code": "k7k7"}) for _ in range(2))
    assert first["Location"] == again["Location"] == "/host/lunch/"
    assert Poll.objects.count() == LogEntry.objects.count() == 1


def test_the_same_question_can_be_asked_again(host: Client):
    places = [host.post(QUICK, {"question": "Lunch?", "code": code})["Location"] for code in ("k7k7", "k9k9")]
    assert places == ["/host/lunch/", "/host/lunch-k9k9/"]


def test_a_question_that_is_too_long_comes_back_whole(host: Client):
    question = "Why? " * 70
    answer = host.post(QUICK, {"question": question, "code": "k7k7"})
    page = answer.content.decode()
    assert (answer.status_code, Poll.objects.count()) == (400, 0)
    assert question.strip() in page
    assert "at most 300 characters" in page
    assert host.post(QUICK, {"question": question}, headers=JSON).json()["status"] == "bad_question"


def test_a_program_gets_json(host: Client):
    answer = host.post(QUICK, {"question": "Lunch?"}, headers=JSON).json()
    assert (answer["status"], answer["slug"]) == ("opened", "lunch")


def test_its_address_leads_to_the_polls(host: Client):
    assert host.get(QUICK)["Location"] == "/host/"


def test_the_editor_makes_one_with_all_else(host: Client):
    page = host.get("/host/new/?kind=yes-no").content.decode()
    assert all(f'value="{text}"' in page for text in ("Yes", "No", "Abstain", YES_NO))
    assert 'type="hidden" name="max_choices"' in page
    host.post("/host/new/", form("Aye", "Nay", "Abstain", question="Lunch?", kind=YES_NO))
    poll = Poll.objects.get()
    assert (poll.kind, texts(poll)) == (YES_NO, ["Aye", "Nay", "Abstain"])


def test_another_kind_is_chosen_and_the_question_stays(host: Client):
    sent = form("Tea", "Coffee", question="Lunch?") | {"do": "kind-yes-no", "kind": "pick"}
    page = host.post("/host/new/", sent).content.decode()
    assert ">Lunch?</textarea>" in page
    assert 'value="Abstain"' in page
    back = form("Yes", "No", "Abstain", question="Lunch?") | {"do": "kind-pick", "kind": YES_NO}
    page = host.post("/host/new/", back).content.decode()
    assert ">Lunch?</textarea>" in page
    assert 'value="Abstain"' not in page
    assert Poll.objects.count() == 0


def test_its_choices_keep_their_number_in_the_editor(host: Client):
    answer = host.post("/host/new/", form("Yes", "", "Abstain", question="Lunch?", kind=YES_NO))
    assert (answer.status_code, Poll.objects.count()) == (400, 0)
    assert "This poll keeps its choices" in answer.content.decode()


def test_another_kind_is_one_that_there_is(host: Client):
    host.post("/host/new/", form("Tea", "Coffee", question="Which?", kind="nobody has made it"))
    assert Poll.objects.get().kind == "pick"


def test_a_copy_is_of_the_same_kind(host: Client):
    host.post(QUICK, {"question": "Lunch?", "code": "k7k7"})
    host.post("/host/lunch/duplicate/")
    assert list(Poll.objects.values_list("kind", flat=True)) == [YES_NO, YES_NO]
