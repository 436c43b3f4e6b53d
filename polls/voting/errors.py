"""Errors: the answers to a vote that is not taken, each with a word for machines and a sentence for people."""

from django.utils.translation import gettext

from polls.box.casts import Cast


class CastError(Exception):
    """A vote that is not taken. `status` is for machines, `code` for HTTP, the text for people."""

    status = "refused"
    code = 400
    retry_after: int | None = None  # seconds
    #: The cast, where it is not known whether it counts.
    cast: Cast | None = None


class BadChoiceError(CastError):
    """The ballot can't be counted in this poll."""

    status = "bad_choice"


class NoPageError(CastError):
    """No page of ours was drawn for this voter (P11)."""

    status = "no_page"
    code = 403


class NotOpenYetError(CastError):
    """The poll takes no votes yet."""

    status = "not_open"
    code = 409


class ClosedError(CastError):
    """The poll takes no votes any more."""

    status = "closed"
    code = 409


class OtherRoundError(CastError):
    """The page was drawn in another round of the poll."""

    status = "other_round"
    code = 409


class NoSuchPollError(CastError):
    """The poll was deleted."""

    status = "not_found"
    code = 404


class TooManyError(CastError):
    """Too many votes came from this address in the last minute (VOTE_RATE_LIMIT)."""

    status = "too_many"
    code = 429


class LostError(CastError):
    """A receipt whose vote was not found before the poll became final."""

    status = "lost"
    code = 410


class NotRecordedError(CastError):
    """Neither store takes it: surely nothing was stored."""

    status = "not_recorded"
    code = 503
    retry_after = 2


class UnknownError(CastError):
    """It was sent, and no answer came: it may be stored, or still become so."""

    status = "unknown"
    code = 503
    retry_after = 2


def not_recorded() -> NotRecordedError:
    """Surely nothing was stored."""
    return NotRecordedError(gettext("Your vote could not be stored just now. Nothing was recorded; please try again."))


def unknown(cast: Cast | None = None) -> UnknownError:
    """Nobody knows whether it was stored; `cast` is what may have been."""
    error = UnknownError(gettext("We don't know yet whether your vote was stored. Ask again: it never counts twice."))
    error.cast = cast
    return error


def other_round() -> OtherRoundError:
    """A reset came between the page and the vote."""
    return OtherRoundError(
        gettext("A new round of this poll has begun: this vote was not recorded. Load the page and pick again.")
    )


def too_many(seconds: int) -> TooManyError:
    """So many seconds are left until the network may vote again."""
    error = TooManyError(gettext("Too many votes came from your address. Nothing was recorded; wait a moment."))
    error.retry_after = seconds
    return error


def no_choice() -> BadChoiceError:
    """A form without a choice."""
    return BadChoiceError(gettext("No choice was picked. Pick one and send it again."))


def no_page() -> NoPageError:
    """No page, or one that was drawn for another voter, or a browser without cookies."""
    return NoPageError(
        gettext(
            "This vote did not come from a page of this browser, so it was not recorded. Load the page again. If that"
            " does not help, allow cookies for this site: a vote needs one, so that nobody votes twice."
        )
    )
