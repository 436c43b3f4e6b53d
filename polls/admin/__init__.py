"""The admin of the polls: people's rows can be edited, the machine's only viewed."""

from polls.admin.events import EventAdmin
from polls.admin.polls import PollAdmin
from polls.admin.records import BallotAdmin, RoundResultAdmin, SetAsideAdmin
from polls.host import history

__all__ = ["BallotAdmin", "EventAdmin", "PollAdmin", "RoundResultAdmin", "SetAsideAdmin"]

history.teach_admin()
