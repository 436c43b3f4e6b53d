"""A second engine: what matters most, as test_voting.py and others have it, in Debian's Firefox."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.browser import firefox_bidi
from tests.browser.test_accessibility import (
    test_the_result_page_breaks_no_rule_in_any_state,
    test_the_vote_page_breaks_no_rule_before_and_after_the_vote,
    test_what_has_become_of_a_vote_breaks_no_rule,
)
from tests.browser.test_hosting import (
    host,
    hosts,
    test_from_creating_a_poll_to_its_numbers,
    test_the_pages_break_no_rule_of_accessibility,
)
from tests.browser.test_networks import test_a_vote_is_taken_back
from tests.browser.test_voting import (
    test_a_changed_mind_counts_once,
    test_a_closed_poll_says_what_became_of_the_vote,
    test_a_hidden_result_is_shown_to_those_who_have_voted,
    test_a_new_round_brings_a_fresh_ballot,
    test_a_page_that_is_loaded_again_shows_the_present_choice,
    test_a_vote_in_one_window_moves_the_other_within_a_second,
    test_a_vote_made_offline_is_kept_and_sent,
    test_several_choices_are_sent_with_a_button,
    test_the_keyboard_alone_will_do,
)

#: The tests of other modules that run here again, and their fixtures.
__all__ = [
    "host",
    "hosts",
    "test_a_changed_mind_counts_once",
    "test_a_closed_poll_says_what_became_of_the_vote",
    "test_a_hidden_result_is_shown_to_those_who_have_voted",
    "test_a_new_round_brings_a_fresh_ballot",
    "test_a_page_that_is_loaded_again_shows_the_present_choice",
    "test_a_vote_in_one_window_moves_the_other_within_a_second",
    "test_a_vote_is_taken_back",
    "test_a_vote_made_offline_is_kept_and_sent",
    "test_from_creating_a_poll_to_its_numbers",
    "test_several_choices_are_sent_with_a_button",
    "test_the_keyboard_alone_will_do",
    "test_the_pages_break_no_rule_of_accessibility",
    "test_the_result_page_breaks_no_rule_in_any_state",
    "test_the_vote_page_breaks_no_rule_before_and_after_the_vote",
    "test_what_has_become_of_a_vote_breaks_no_rule",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which(firefox_bidi.FIREFOX) is None,
        reason=f"There is no {firefox_bidi.FIREFOX}: apt-get install firefox-esr, or FIREFOX=/path/to/it.",
    ),
]


class Firefox:
    """A Firefox for each look that is asked for: it takes the colour scheme from its preferences alone."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._browsers: dict[tuple[bool, bool], Browser] = {}

    def new_context(
        self, *, color_scheme: str = "light", reduced_motion: str = "no-preference", **options: Any
    ) -> BrowserContext:
        """As Playwright's Browser."""
        look = color_scheme == "dark", reduced_motion == "reduce"
        if look not in self._browsers:
            self._browsers[look] = self._launch(*look)
        return self._browsers[look].new_context(**options)

    def _launch(self, dark: bool, still: bool) -> Browser:
        return self._playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=firefox_bidi.__file__,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            firefox_user_prefs={
                "layout.css.prefers-color-scheme.content-override": 0 if dark else 1,
                "ui.prefersReducedMotion": int(still),
            },
        )

    @property
    def contexts(self) -> list[BrowserContext]:
        """All that are open."""
        return [context for browser in self._browsers.values() for context in browser.contexts]

    def close(self) -> None:
        """End every Firefox."""
        for browser in self._browsers.values():
            browser.close()


@pytest.fixture(scope="module")
def engine(playwright: Playwright) -> Iterator[Firefox]:
    """Firefox, in the place of Chromium."""
    firefox = Firefox(playwright)
    yield firefox
    firefox.close()
