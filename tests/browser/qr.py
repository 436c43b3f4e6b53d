"""What a phone's camera reads off a page."""

import zxingcpp
from playwright.sync_api import Page

from tests.browser.pixels import brightness


def read(page: Page) -> list[str]:
    """The texts of all QR codes in the window, as it is painted."""
    return [code.text for code in zxingcpp.read_barcodes(brightness(page, page.screenshot()))]
