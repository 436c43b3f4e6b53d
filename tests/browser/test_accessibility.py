"""Pages that everybody can use, whatever they see with and whatever they press."""

from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening
from tests.browser.test_voting import CATS_AND_DOGS, half, status
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Scheme = Literal["light", "dark"]
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@both_schemes
def test_the_vote_page_breaks_no_rule_before_and_after_the_vote(
    system: System, browse: Opening, scheme: Scheme
) -> None:
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}", color_scheme=scheme, reduced_motion="reduce")
    assert violations(phone) == []

    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")
    assert violations(phone) == []
