"""The hub and the sockets, on the real channel layer and the real stores."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client

from core.telemetry import metrics
from core.web.frames import NOTHING_TO_SAY, Frame
from polls.box import ballot_box
from polls.consumers import NO_SUCH_POLL
from polls.counting import tally
from polls.events import agendas
from polls.events.agenda import Told
from polls.lifecycle import events
from polls.models import Poll, ResultRule
from polls.results import broadcast, room, snapshots
from polls.results.hub import hub
from polls.results.room import Deed, Remote, Room
from polls.results.screens import PROJECTOR, PollScreens, Screen
from polls.results.snapshots import Viewer
from polls.voting.receipts import results_token
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_event, make_poll
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres
from votingsite.asgi import application
from votingsite.websockets import NOTHING_HERE

#: Seconds in which what has to come must have come.
SOON = 20


class Socket:
    """A screen, as a browser has it."""

    def __init__(self, path: str, origin: str | None = None, cookie: str | None = None) -> None:
        given = {b"origin": origin, b"cookie": cookie}
        headers = [(name, value.encode()) for name, value in given.items() if value is not None]
        self._socket = WebsocketCommunicator(application, path, headers)

    async def open(self) -> bool:
        connected, _ = await self._socket.connect(timeout=SOON)
        return bool(connected)

    async def snapshot(self) -> dict[str, Any]:
        """The next message."""
        found: dict[str, Any] = json.loads(await self._socket.receive_from(timeout=SOON))
        return found

    async def until(self, voters: int) -> dict[str, Any]:
        """Messages until one shows so many voters."""
        while (snapshot := await self.snapshot()).get("voters") != voters:
            pass
        return snapshot

    async def close_code(self) -> int:
        # A heartbeat may come first.
        while (message := await self._socket.receive_output(timeout=SOON))["type"] == "websocket.send":
            pass
        assert message["type"] == "websocket.close"
        code: int = message["code"]
        return code

    async def say(self, text: str) -> None:
        await self._socket.send_to(text_data=text)

    async def close(self) -> None:
        await self._socket.disconnect()


@pytest.fixture(autouse=True)
async def nobody_else() -> AsyncIterator[None]:
    """A hub without screens, and no connection left in the threads that ask Postgres for it."""
    yield
    await hub.close()
    await asyncio.get_running_loop().run_in_executor(hub.reader, connections.close_all)
    await sync_to_async(connections.close_all)()


async def counted(driver: PollDriver, voter: str, choice: int = 0) -> None:
    await sync_to_async(driver.vote)(voter, choice)
    await sync_to_async(driver.count)()


async def test_a_screen_gets_the_totals_at_once_and_each_change(driver: PollDriver):
    screen = Socket("/ws/polls/cats-or-dogs/")
    assert await screen.open()
    assert (await screen.snapshot())["voters"] == 0
    await counted(driver, "ann", 1)
    snapshot = await screen.until(voters=1)
    assert [choice["votes"] for choice in snapshot["choices"]] == [0, 1]
    await screen.close()


async def test_all_screens_of_a_poll_share_one_subscription(driver: PollDriver, redis: Any):
    sockets = [Socket("/ws/polls/cats-or-dogs/") for _ in range(5)]
    for socket in sockets:
        await socket.open()
        await socket.snapshot()
    channels = await sync_to_async(redis.pubsub_numsub)(f"screens__group__{broadcast.group(driver.poll.pk)}")
    assert channels[0][1] == 1
    for socket in sockets:
        await socket.close()


async def test_the_last_screen_ends_the_room_and_its_subscription(driver: PollDriver, redis: Any):
    screen = Socket("/ws/polls/cats-or-dogs/")
    await screen.open()
    await screen.snapshot()
    await screen.close()
    group = f"screens__group__{broadcast.group(driver.poll.pk)}"

    async def is_gone() -> bool:
        return bool((await sync_to_async(redis.pubsub_numsub)(group))[0][1] == 0)

    async with asyncio.timeout(SOON):
        while not await is_gone():
            await asyncio.sleep(0.02)
    assert hub.polls == {}


@pytest.mark.parametrize("slug", ["nothing", "draft"])
async def test_what_is_not_there_is_closed(slug: str):
    await sync_to_async(make_poll)("draft", "Yes", "No", opened=False)
    screen = Socket(f"/ws/polls/{slug}/")
    assert await screen.open()
    assert await screen.close_code() == NO_SUCH_POLL


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://[::1", "http://a:b", "http://localhost:99999", "null"]
)
async def test_a_page_of_another_site_is_refused(driver: PollDriver, origin: str):
    assert not await Socket("/ws/polls/cats-or-dogs/", origin).open()


@pytest.mark.parametrize("path", ["/ws/x/", "/", "/ws/polls/", "/ws/polls/a/b/", "/ws/polls/%00/"])
async def test_a_socket_at_an_address_that_leads_nowhere_is_closed(path: str):
    screen = Socket(path)
    assert await screen.open()
    assert await screen.close_code() == NOTHING_HERE


async def test_a_screen_that_talks_is_closed(driver: PollDriver):
    screen = Socket("/ws/polls/cats-or-dogs/")
    assert await screen.open()
    await screen.snapshot()
    await screen.say("hello")
    assert await screen.close_code() == NOTHING_TO_SAY


async def test_a_page_of_ours_on_the_other_port_is_allowed(driver: PollDriver):
    screen = Socket("/ws/polls/cats-or-dogs/", "http://localhost:8080")
    assert await screen.open()
    await screen.close()


async def test_hidden_totals_are_hidden_until_somebody_has_voted():
    poll: Poll = await sync_to_async(make_poll)("secret", "Yes", "No", result_rule=ResultRule.AFTER_VOTE)
    driver = await sync_to_async(PollDriver)(poll)
    accepted = await sync_to_async(driver.vote)("ann", 1)
    await sync_to_async(driver.count)()
    stranger = Socket("/ws/polls/secret/")
    await stranger.open()
    snapshot = await stranger.snapshot()
    assert (snapshot["voters"], [choice["votes"] for choice in snapshot["choices"]]) == (1, [None, None])
    voter = Socket(f"/ws/polls/secret/?pass={results_token(poll.pk, accepted.cast.round)}")
    await voter.open()
    assert [choice["votes"] for choice in (await voter.snapshot())["choices"]] == [0, 1]
    await stranger.close()
    await voter.close()


def a_room(*screens: Screen) -> PollScreens:
    room = PollScreens(1)
    for screen in screens:
        room.add(screen)
    return room


async def test_hidden_totals_are_shown_to_all_when_the_poll_is_final():
    room = a_room(screen := Screen())
    room.take(snapshot_of(version=1, rule=ResultRule.AFTER_CLOSE))
    assert json.loads(await screen.next_frame())["choices"][0]["votes"] is None
    room.take(snapshot_of(version=2, rule=ResultRule.AFTER_CLOSE, state="final"))
    assert json.loads(await screen.next_frame())["choices"][0]["votes"] == 1


async def test_a_rule_that_was_edited_holds_for_screens_that_are_open():
    room = a_room(screen := Screen())
    room.take(snapshot_of(version=1))
    assert json.loads(await screen.next_frame())["choices"][0]["votes"] == 1
    room.take(snapshot_of(version=2, rule=ResultRule.STAFF))
    assert json.loads(await screen.next_frame())["choices"][0]["votes"] is None


async def test_who_has_voted_in_one_round_sees_nothing_of_the_next():
    room = a_room(screen := Screen(viewer=Viewer(1)))
    room.take(snapshot_of(version=1, rule=ResultRule.AFTER_VOTE))
    assert json.loads(await screen.next_frame())["choices"][0]["votes"] == 1
    room.take(snapshot_of(version=2, rule=ResultRule.AFTER_VOTE, round_=2))
    assert json.loads(await screen.next_frame())["choices"][0]["votes"] is None


async def test_a_vote_found_by_a_look_before_its_message_is_shown():
    room, noted = a_room(Screen()), sum(metrics.to_screen.buckets)
    room.take(snapshot_of(version=1))
    room.take(snapshot_of(version=1), pressed_ms=int(time.time() * 1000))
    assert sum(metrics.to_screen.buckets) == noted + 1


async def test_a_room_never_goes_backwards():
    room = a_room(screen := Screen())
    for version in (1, 3, 2):
        room.take(snapshot_of(version))
    room.show()
    assert json.loads(await screen.next_frame())["version"] == 3


async def test_a_room_shows_other_waiting_votes_of_the_same_version():
    screen = Screen()
    room = a_room(screen)
    for waiting in (2, 2, None):
        room.take(snapshot_of(3, state="sealing") | {"waiting": waiting})
    room.take(snapshot_of(2, state="sealing") | {"waiting": 5})
    room.show()
    assert json.loads(await screen.next_frame())["waiting"] is None


async def test_a_room_shows_a_burst_once():
    room = a_room(screen := Screen())
    room.take(snapshot_of(1))
    assert json.loads(await screen.next_frame())["version"] == 1
    for version in range(2, 50):
        room.take(snapshot_of(version))
    assert json.loads(await asyncio.wait_for(screen.next_frame(), SOON))["version"] == 49


async def test_a_room_shows_that_nobody_counts_any_more():
    room = a_room(screen := Screen())
    room.take(snapshot_of(1))
    await screen.next_frame()
    room.say_counting(counting=False)
    assert json.loads(await asyncio.wait_for(screen.next_frame(), SOON))["counting"] == "paused"


async def test_a_busy_screen_skips_to_the_newest():
    screen = Screen()
    for frame in ("1", "2", "3"):
        screen.offer(Frame(frame))
    assert await screen.next_frame() == "3"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(screen.next_frame(), 0.01)


async def test_a_dropped_snapshot_comes_with_the_next_look(driver: PollDriver):
    screen = Socket("/ws/polls/cats-or-dogs/")
    await screen.open()
    await sync_to_async(count_without_a_message)(driver)
    assert (await screen.until(voters=1))["voters"] == 1
    await screen.close()


async def test_a_new_hub_asks_postgres_what_redis_may_not_know(driver: PollDriver):
    await counted(driver, "ann")
    await sync_to_async(tally.count_direct)(driver.poll.pk, [await sync_to_async(driver.queued)()], lambda: None)
    await sync_to_async(ballot_box.sign_of_life)()
    screen = Socket("/ws/polls/cats-or-dogs/")
    await screen.open()
    assert (await screen.snapshot())["voters"] == 2
    await screen.close()


async def test_a_screen_that_has_seen_more_waits_for_postgres():
    """Until then it is told only whether votes are counted."""
    room = a_room(screen := Screen(seen=5))
    room.take(snapshot_of(version=4))
    assert json.loads(await asyncio.wait_for(screen.next_frame(), SOON)) == {"type": "counting", "counting": "live"}
    room.say_counting(counting=False)
    paused = {"type": "counting", "counting": "paused"}
    assert json.loads(await asyncio.wait_for(screen.next_frame(), SOON)) == paused
    room.show()  # the heartbeat
    assert json.loads(await screen.next_frame()) == paused
    assert room.is_in_doubt
    room.take(snapshot_of(version=5))
    assert json.loads(await asyncio.wait_for(screen.next_frame(), SOON))["version"] == 5
    assert not room.is_in_doubt


@pytest.mark.parametrize("redis_knows", [True, False])
async def test_a_screen_without_anything_newer_is_told_of_a_pause(
    driver: PollDriver, postgres: Postgres, redis: Any, redis_knows: bool
):
    """At once: nobody can show it anything newer."""
    await counted(driver, "ann")
    if not redis_knows:
        await sync_to_async(ballot_box.forget)(driver.poll.pk)
    await sync_to_async(postgres.stop)()
    screen = Socket("/ws/polls/cats-or-dogs/?seen=1000000")
    await screen.open()
    while (message := await screen.snapshot())["counting"] != "paused":
        pass
    assert message == {"type": "counting", "counting": "paused"}
    await sync_to_async(postgres.start)()
    assert (await screen.until(voters=1))["type"] == "results"
    await screen.close()


async def test_a_screen_that_saw_more_than_postgres_gets_what_there_is(driver: PollDriver):
    """As after a backup was put back."""
    screen = Socket("/ws/polls/cats-or-dogs/?seen=1000000")
    await screen.open()
    assert (await screen.snapshot())["voters"] == 0
    await screen.close()


def count_without_a_message(driver: PollDriver) -> None:
    """Count, and store the snapshot in Redis, without the message to the hubs."""
    tally.count_direct(driver.poll.pk, [driver.queued()], lambda: None)
    snapshot = snapshots.snapshot(driver.poll.pk)
    ballot_box.store_snapshot(driver.poll.pk, snapshot["version"], snapshots.dump(snapshot))


def snapshot_of(version: int, *, rule: str = "always", state: str = "open", round_: int = 1) -> Any:
    choices = [{"id": 1, "text": "Yes", "votes": 1, "percent": 100}]
    known = {"version": version, "poll": {"state": state}, "round": round_, "voters": 1, "choices": choices}
    return {**known, "result_rule": rule}


async def test_a_projector_is_sent_what_anybody_may_see():
    """Whoever it belongs to."""
    poll: Poll = await sync_to_async(make_poll)("secret", "Yes", "No", result_rule=ResultRule.AFTER_VOTE)
    driver = await sync_to_async(PollDriver)(poll)
    accepted = await sync_to_async(driver.vote)("ann", 1)
    await sync_to_async(driver.count)()
    projector = Socket(f"/ws/polls/secret/?view=audience&pass={results_token(poll.pk, accepted.cast.round)}")
    await projector.open()
    assert [choice["votes"] for choice in (await projector.snapshot())["choices"]] == [None, None]
    await projector.close()


def signed_out(client: Client) -> None:
    client.logout()


def not_active(_client: Client) -> None:
    User.objects.update(is_active=False)


def no_host(_client: Client) -> None:
    User.objects.update(is_staff=False)


def not_theirs(_client: Client) -> None:
    Poll.objects.update(owner=None)


def not_shared_any_more(_client: Client) -> None:
    Poll.objects.get().hosts.clear()


@pytest.mark.parametrize("go", [signed_out, not_active, no_host, not_theirs, not_shared_any_more])
async def test_who_may_no_longer_see_totals_is_asked_to_come_again(
    go: Callable[[Client], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("polls.consumers.HEARTBEAT_EVERY", 0.05)
    poll: Poll = await sync_to_async(make_poll)("secret", "Yes", "No", result_rule=ResultRule.STAFF)
    client = Client()

    def sign_in() -> str:
        ada = User.objects.create_user("ada", is_staff=True)
        if go is not_shared_any_more:
            poll.hosts.add(ada)
        else:
            Poll.objects.filter(pk=poll.pk).update(owner=ada)
        client.force_login(ada)
        return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    screen = Socket("/ws/polls/secret/", cookie=await sync_to_async(sign_in)())
    await screen.open()
    assert [choice["votes"] for choice in (await screen.snapshot())["choices"]] == [0, 0]
    await sync_to_async(go)(client)
    assert await screen.close_code() == 1008


# The room ------------------------------------------------------------------------------------------------------------


async def until_room(socket: Socket, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first thing that a projector is told of the room for which this holds."""
    async with asyncio.timeout(SOON):
        while True:
            told = (await socket.snapshot()).get("room")
            if told is not None and holds(told):
                return dict(told)


async def projector_of(slug: str) -> Socket:
    socket = Socket(f"/ws/polls/{slug}/?screen=projector&view=audience")
    await socket.open()
    return socket


async def test_only_projectors_and_hosts_are_told_how_many_are_there(driver: PollDriver):
    people = [Socket("/ws/polls/cats-or-dogs/"), Socket("/ws/polls/cats-or-dogs/?screen=person")]
    for socket in people:
        await socket.open()
    projector, host = await projector_of("cats-or-dogs"), Socket("/ws/polls/cats-or-dogs/?screen=host")
    await host.open()
    for socket in (projector, host):
        told = await until_room(socket, lambda room: room["people"] == 2)
        assert told["projectors"] == 1
    await people.pop().close()
    assert (await until_room(projector, lambda room: room["people"] != 2))["people"] == 1
    await counted(driver, "ann")
    assert "room" not in await people[0].until(voters=1)
    for socket in (*people, projector, host):
        await socket.close()


async def test_people_of_other_processes_count_until_it_is_silent(driver: PollDriver):
    projector = await projector_of("cats-or-dogs")
    for process, number in (("one", 20), ("two", 3)):
        await sync_to_async(room.look)({driver.poll.pk: (number, 1)}, process)
    told = await until_room(projector, lambda room: room["people"] == 23)
    assert told["projectors"] == 3
    # Killed, it takes no leave.
    assert (await until_room(projector, lambda room: room["people"] == 0))["projectors"] == 1
    await projector.close()


async def test_a_press_on_the_remote_reaches_projectors_alone(driver: PollDriver):
    projector, voter = await projector_of("cats-or-dogs"), Socket("/ws/polls/cats-or-dogs/")
    await voter.open()
    await until_room(projector, lambda room: room["remote"]["press"] == 0)
    await sync_to_async(room.press)(driver.poll.pk, Deed.HIDE)
    first = await until_room(projector, lambda room: room["remote"]["deed"] == "hide")
    await sync_to_async(room.press)(driver.poll.pk, Deed.GO, "next")
    second = await until_room(projector, lambda room: room["remote"]["deed"] == "go")
    assert (second["remote"]["slug"], second["remote"]["press"] > first["remote"]["press"]) == ("next", True)
    await counted(driver, "ann")
    assert "room" not in await voter.until(voters=1)
    await projector.close()
    await voter.close()


async def test_a_lost_press_comes_with_the_next_look(driver: PollDriver):
    """A screen that comes back gets it too."""
    projector = await projector_of("cats-or-dogs")
    await until_room(projector, lambda room: room["people"] == 0)
    await sync_to_async(room._press)([f"rooms:{driver.poll.pk}:remote"], ["hide", "", 60_000])
    assert (await until_room(projector, lambda room: room["remote"]["press"] > 0))["remote"]["deed"] == "hide"
    await projector.close()
    await hub.close()  # as a result process that was killed
    projector = await projector_of("cats-or-dogs")
    assert (await until_room(projector, lambda _room: True))["remote"]["deed"] == "hide"
    await projector.close()


async def test_an_older_look_takes_no_press_back():
    screen = Screen(kind=PROJECTOR)
    here = a_room(screen)
    here.take(snapshot_of(1))
    here.enter(Room(1, 1, Remote(5, "hide")))
    here.enter(Room(2, 1, Remote(4, "show")))
    told = json.loads(await screen.next_frame())["room"]
    assert (told["people"], told["remote"]["deed"]) == (2, "hide")


async def test_a_projector_that_has_seen_more_than_the_hub_obeys():
    screen = Screen(kind=PROJECTOR, seen=5)
    here = a_room(screen)
    here.enter(Room(None, None, Remote(5, "hide")))
    told = json.loads(await screen.next_frame())
    assert (told["type"], told["room"]["people"], told["room"]["remote"]["press"]) == ("counting", None, 5)


async def test_without_redis_nobody_says_how_many_are_there(driver: PollDriver, own_redis: OwnRedis):
    projector = await projector_of("cats-or-dogs")
    await until_room(projector, lambda room: room["people"] == 0)
    await sync_to_async(own_redis.stop)()
    assert (await until_room(projector, lambda room: room["people"] is None))["projectors"] is None
    await sync_to_async(own_redis.start)()
    assert (await until_room(projector, lambda room: room["people"] is not None))["people"] == 0
    await projector.close()


async def event_on(socket: Socket, slug: str | None) -> dict[str, Any]:
    """Messages until one says that this poll is on in the event."""
    async with asyncio.timeout(SOON):
        while (snapshot := await socket.snapshot()).get("event", {"on": ""})["on"] != slug:
            pass
    return snapshot


async def test_the_message_alone_says_what_is_on(driver: PollDriver):
    event = await sync_to_async(make_event)("party", driver.poll)
    agenda = await sync_to_async(agendas.read)(pk=event.pk)
    assert agenda is not None
    socket = Socket("/ws/polls/cats-or-dogs/")
    await socket.open()
    await event_on(socket, None)
    # Postgres does not have it, so no look finds it.
    coming = replace(agenda, version=99, current=driver.poll.pk, is_on=True)
    await sync_to_async(broadcast.announce)(coming)
    assert (await event_on(socket, "cats-or-dogs"))["event"]["version"] == 99


async def test_screens_hear_what_is_on_in_the_event(driver: PollDriver):
    other = await sync_to_async(make_poll)("other", "Yes", "No")
    event = await sync_to_async(make_event)("party", driver.poll, other)
    socket = Socket("/ws/polls/cats-or-dogs/")
    await socket.open()
    assert "event" not in await socket.snapshot()
    await sync_to_async(events.put_on)(event.pk, other.pk)
    told = (await event_on(socket, "other"))["event"]
    await sync_to_async(events.take_off)(event.pk)
    later = (await event_on(socket, None))["event"]
    assert (told["slug"], later["version"] - told["version"]) == ("party", 1)


async def test_without_redis_screens_hear_it_within_two_seconds(driver: PollDriver, own_redis: OwnRedis):
    event = await sync_to_async(make_event)("party", driver.poll)
    socket = Socket("/ws/polls/cats-or-dogs/")
    await socket.open()
    await event_on(socket, None)
    own_redis.stop()
    await sync_to_async(events.put_on)(event.pk, driver.poll.pk)
    began = time.monotonic()
    await event_on(socket, "cats-or-dogs")
    assert time.monotonic() - began < 2


async def test_screens_never_hear_what_was_on_before():
    poll = PollScreens(1)
    newer: Told = {"slug": "party", "version": 3, "on": "two", "self_paced": False}
    poll.attend(newer)
    poll.attend({**newer, "version": 2, "on": "one"})
    assert poll.event == newer
    poll.attend(None)
    assert poll.event is None
