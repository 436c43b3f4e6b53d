"""Reading the pixels that a page paints."""

import base64

from playwright.sync_api import Page

#: Draws a picture and returns its size and how bright each pixel is: no decoder of PNG is needed.
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


def brightness(page: Page, picture: bytes) -> memoryview:
    """How bright each pixel of a screenshot of that page is, 0 to 255, by row and column."""
    assert page.context.browser
    desk = page.context.browser.new_page()
    height, width, pixels = desk.evaluate(_PIXELS, f"data:image/png;base64,{base64.b64encode(picture).decode()}")
    desk.close()
    return memoryview(base64.b64decode(pixels)).cast("B", (height, width))
