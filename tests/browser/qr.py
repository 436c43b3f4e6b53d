"""Reading QR codes off a page, as a phone's camera does."""

import zxingcpp
from playwright.sync_api import Page

from tests.browser.pixels import brightness


def read(page: Page) -> list[str]:
    """The texts of all QR codes in the window, as it is painted."""
    return [code.text for code in zxingcpp.read_barcodes(brightness(page, page.screenshot()))]
