"""Errors: the answers to a vote that is not taken, each with a word for machines and a sentence for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from polls.box.casts import Cast
from polls.voting.receipts import Receipt
from polls.voting.work import Work

#: Seconds after which what no store could take, or tell, may be asked for again.
RETRY_AFTER = 2


class CastError(Exception):
    """A vote that is not taken. `status` is for machines, `code` for HTTP, the text for people."""

    status: str
    code: int
    #: The sentence where the one who raises it has none of their own.
    text: str | Promise

    def __init__(self, text: str = "", *, retry_after: int | None = None, cast: Cast | None = None) -> None:
        """`retry_after` is in seconds; `cast` is the one of which it is not known whether it counts."""
        super().__init__(text or str(self.text))
        self.retry_after = retry_after
        self.cast = cast


class BadChoiceError(CastError):
    """The ballot can't be counted in this poll."""

    status = "bad_choice"
    code = 400
    text = _("This poll has no such choice. Reload the page and pick again.")


class NoChoiceError(BadChoiceError):
    """A form without a choice."""

    text = _("No choice was picked. Pick one and send it again.")


class NoPageError(CastError):
    """No page, or one that was drawn for another voter, or a browser without cookies (P11)."""

    status = "no_page"
    code = 403
    text = _(
        "This vote did not come from a page of this browser, so it was not recorded. Load the page again. If that"
        " does not help, allow cookies for this site: a vote needs one, so that nobody votes twice."
    )


class NoTicketError(CastError):
    """The poll is not for everyone, and this browser has shown no code or account that it is for."""

    status = "not_entitled"
    code = 403
    text = _("Not everyone may vote in this poll. Load the page again, and show that you may. Nothing was recorded.")


class RevokedError(NoTicketError):
    """The code was revoked, or another one was given out in its place."""

    status = "revoked"
    text = _("This code is no longer valid: it was revoked or replaced. Ask whoever gave it to you for another one.")


class WrongCodeError(NoTicketError):
    """The typed text is no code of this poll."""

    status = "wrong_code"
    text = _("This is not a code of this poll. Compare it with your card, letter by letter.")


class TooManyCodesError(CastError):
    """Too many wrong codes came from this browser or from this network in the last minute."""

    status = "too_many"
    code = 429
    text = _("Too many wrong codes were tried here. Wait a minute, then type the one on your card.")


class NotOpenYetError(CastError):
    """The poll takes no votes yet."""

    status = "not_open"
    code = 409
    text = _("This poll is not open yet. Nothing was recorded.")


class ClosedError(CastError):
    """The poll takes no votes any more."""

    status = "closed"
    code = 409
    text = _("This poll is closed. Nothing was recorded.")


class OtherRoundError(CastError):
    """A reset came between the page and the vote."""

    status = "other_round"
    code = 409
    text = _("A new round of this poll has begun: this vote was not recorded. Load the page and pick again.")


class AlreadyVotedError(CastError):
    """The voter has another vote in a poll whose votes can't be changed: `first`, which stands."""

    status = "already_voted"
    code = 409
    text = _("You have voted already, and votes in this poll can't be changed. Your first vote stands.")

    def __init__(self, first: Receipt) -> None:
        super().__init__()
        self.first = first


class NoSuchPollError(CastError):
    """The poll was deleted."""

    status = "not_found"
    code = 404
    text = _("This poll has been deleted. Nothing was recorded.")


class TooManyError(CastError):
    """Too many votes came from this address in the last minute (VOTE_RATE_LIMIT)."""

    status = "too_many"
    code = 429
    text = _("Too many votes came from your address. Nothing was recorded; wait a moment.")


class CrowdedError(CastError):
    """The poll takes no more new voters of this network for now."""

    status = "crowded"
    code = 429

    def __init__(self, per_minute: int, retry_after: int) -> None:
        text = ngettext(
            "This poll takes {number} new voter a minute from one network, and yours has had it. Nothing was recorded;"
            " try again in {seconds} s.",
            "This poll takes {number} new voters a minute from one network, and yours has had them. Nothing was"
            " recorded; try again in {seconds} s.",
            per_minute,
        )
        super().__init__(text.format(number=per_minute, seconds=retry_after), retry_after=retry_after)


class SlowedError(CastError):
    """The poll asks new voters of this network for some work first: `work` (polls.voting.work)."""

    status = "slowed"
    code = 429
    text = _(
        "Many have voted from your network, so the host of this poll asks each browser there to do some work first,"
        " which needs JavaScript: allow it, or vote from another network. Nothing was recorded."
    )

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work = work


class LostError(CastError):
    """A receipt whose vote was not found before the poll became final."""

    status = "lost"
    code = 410
    text = _("The poll closed before your vote could be found. It is not counted.")


class UnavailableError(CastError):
    """No store has said that it took the vote."""

    code = 503

    def __init__(self, text: str = "", *, retry_after: int = RETRY_AFTER, cast: Cast | None = None) -> None:
        super().__init__(text, retry_after=retry_after, cast=cast)


class NotRecordedError(UnavailableError):
    """Neither store takes it: surely nothing was stored."""

    status = "not_recorded"
    text = _("Your vote could not be stored just now. Nothing was recorded; please try again.")


class UnknownError(UnavailableError):
    """The vote was sent and no answer came: it may be stored now, or later."""

    status = "unknown"
    text = _("We don't know yet whether your vote was stored. Ask again: it never counts twice.")


class BadEntryError(CastError):
    """An entry that this poll does not take."""

    status = "bad_entry"
    code = 400
    text = _("Write something first.")


class NotWrittenError(UnavailableError):
    """Postgres does not take an entry now. Votes for the entries that there are go on."""

    status = "not_written"
    text = _("Your entry could not be stored just now. It is still in the field; please try again in a moment.")
