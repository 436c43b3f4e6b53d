"""Votes through a proxy, from the machine that it runs on: `python -m tests.deploy.ballots ORIGIN SLUG VOTERS`.

Each voter votes once, and sends the vote again until it is taken, as the page does. Prints how many votes were taken,
and how many voters the result then shows; exits with 1 if it never shows all.
"""

import json
import sys
from http import HTTPStatus

from ops.drill.waiting import eventually
from tests.browsing import Browser

#: Seconds for a vote to be taken, and for all to be counted.
_TAKEN_S, _COUNTED_S = 30, 30


def main(origin: str, slug: str, voters: int) -> None:
    """Cast these votes; prints a JSON object."""
    page, result = f"/p/{slug}/", f"/p/{slug}/results.json"
    before = Browser(origin).get(result).json()
    choices = [choice["id"] for choice in before["choices"]]
    for number in range(voters):
        browser = Browser(origin)

        def is_taken(browser: Browser = browser, choice: int = choices[number % len(choices)]) -> bool:
            return browser.vote(page, choice).status in (HTTPStatus.OK, HTTPStatus.ACCEPTED)

        eventually(is_taken, _TAKEN_S, "a vote that is taken")
    wanted = before["voters"] + voters
    eventually(lambda: Browser(origin).get(result).json()["voters"] == wanted, _COUNTED_S, f"{wanted} voters")
    print(json.dumps({"cast": voters, "voters": wanted}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
