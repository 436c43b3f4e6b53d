"""What a phone's camera reads off a page."""

import base64

import zxingcpp
from playwright.sync_api import Page

#: Draws a picture and returns its size and how bright each pixel is: the decoder takes no PNG.
_PIXELS = """async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, image.width, image.height);
  const bright = Array.from({ length: data.length / 4 }, (_, at) =>
    String.fromCharCode(Math.round((data[4 * at] + data[4 * at + 1] + data[4 * at + 2]) / 3)));
  return [image.height, image.width, btoa(bright.join(""))];
}"""


def read(page: Page) -> list[str]:
    """The texts of all QR codes in the window, as it is painted."""
    picture = base64.b64encode(page.screenshot()).decode()
    assert page.context.browser
    desk = page.context.browser.new_page()
    height, width, pixels = desk.evaluate(_PIXELS, f"data:image/png;base64,{picture}")
    desk.close()
    image = memoryview(base64.b64decode(pixels)).cast("B", (height, width))
    return [code.text for code in zxingcpp.read_barcodes(image)]
