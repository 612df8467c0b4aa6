"""Take a picture and upload it in a form, showing how far it is: camera_upload.py [URL [DEVICE]]

Without a camera the picture is drawn: colours that run into each other, as a bitmap of 64 by 48 pixels.
"""

import sys

import mrequests as requests

WIDTH, HEIGHT = 64, 48


def take_picture():
    """Name, content and type of a picture, as files= takes them."""
    try:
        import camera  # in firmware for the ESP32-CAM
    except ImportError:
        return "picture.bmp", draw(), "image/bmp"
    camera.init(0, format=camera.JPEG)
    try:
        return "picture.jpg", camera.capture(), "image/jpeg"
    finally:
        camera.deinit()


def draw():
    """A bitmap without compression: a head of 54 bytes, then blue, green and red of each pixel."""
    size = WIDTH * HEIGHT * 3
    picture = bytearray(54 + size)
    picture[:2] = b"BM"
    # Position and value of numbers of four bytes: sizes, where the pixels begin, planes and bits per pixel.
    for i, value in (2, 54 + size), (10, 54), (14, 40), (18, WIDTH), (22, HEIGHT), (26, 24 << 16 | 1):
        picture[i : i + 4] = value.to_bytes(4, "little")
    for i in range(WIDTH * HEIGHT):
        picture[54 + 3 * i] = i % WIDTH * 4
        picture[56 + 3 * i] = i // WIDTH * 5
    return picture


def show(done, total):
    print("%3d %%  %d of %d bytes" % (done * 100 // total, done, total))


def main(url="http://httpbin.org/post", device="camera-1"):
    picture = take_picture()
    with requests.post(
        url, data={"device": device}, files={"picture": picture}, progress=show, timeout=10, deadline=60
    ) as r:
        r.raise_for_status()
        print("%s: %d bytes uploaded, the server says %d" % (picture[0], len(picture[1]), r.status_code))


if __name__ == "__main__":
    main(*sys.argv[1:])
