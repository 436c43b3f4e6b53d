"""Stories: who votes and what the host does, as the first choices of a run."""

#: Parts of a story, by the choice that stands for them.
END, VOTE_1, VOTE_2, SWEEP, SEAL, REOPEN, RESET = range(7)
#: Parts that a story has at most.
MOST = 6


def story(*parts: int, second_service: bool = False, closes: bool = False) -> tuple[int, ...]:
    """Return the choices that tell this story; votes go to web service 1, or those after the first to 2."""
    choices: list[int] = []
    votes = 0
    for part in parts:
        choices.append(part)
        if part in (VOTE_1, VOTE_2):
            choices.append(int(second_service and votes > 0))
            votes += 1
    if len(parts) < MOST:
        choices.append(END)
    return (*choices, int(closes))
