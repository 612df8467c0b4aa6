"""MicroPython for Unix as a board: its flash is all it has at /, its prompt the raw one.

Run by board.py with the image of the flash, the name of its file system, and the number of writes
after which the power is cut (0: never).
"""

import os
import sys

import vfs

BLOCK = 512


class Flash:
    """A block device in a file."""

    def __init__(self, path, cut):
        self.path, self.cut = path, cut
        self.file = open(path, "r+b")
        self.file.seek(0, 2)
        self.size = self.file.tell()

    def readblocks(self, block, buf, offset=0):
        self.file.seek(block * BLOCK + offset)
        self.file.readinto(buf)

    def writeblocks(self, block, buf, offset=None):
        self.cut -= 1
        if self.cut == 0:
            self.put(block * BLOCK + (offset or 0), memoryview(buf)[: len(buf) // 2])
            os.system("kill -9 $PPID")  # this process is the parent of the shell
        self.put(block * BLOCK + (offset or 0), buf)

    def put(self, position, buf):
        self.file.seek(position)
        self.file.write(buf)

    def ioctl(self, op, arg):
        if op == 4:
            return self.size // BLOCK
        if op == 5:
            return BLOCK
        return 0


def start(image, kind, cut):
    """Mount the flash in place of the file system of the machine; the libraries are in it alone."""
    flash = Flash(image, cut)
    make = getattr(vfs, kind)
    flash.file.seek(0)
    if not flash.file.read(BLOCK).strip(b"\xff"):
        make.mkfs(flash)
    vfs.umount("/")
    vfs.mount(make(flash), "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    if "boot.py" in os.listdir():
        with open("boot.py") as file:
            exec(file.read(), {})


# --- The raw REPL, for a Unix port that has none (before 1.27) ---


def received():
    """A character of the input."""
    return sys.stdin.buffer.read(1)


def send(text):
    sys.stdout.write(text)


def command():
    """What was sent up to Ctrl-D, or the control character that is not part of it."""
    code = b""
    while True:
        char = received()
        if char == b"\x03":
            code = b""
            continue
        if char in (b"\x01", b"\x02", b"\x04", b"\x05") and (char != b"\x05" or not code):
            return code, char
        if char == b"":
            sys.exit(0)
        code += char


def repl():
    """Speak the protocol of the raw REPL; there is no friendly one beside it."""
    raw, names = False, {"__name__": "__main__"}
    send("MicroPython\r\n>>> ")
    while True:
        code, end = command()
        if end == b"\x01":
            raw = True
            send("raw REPL; CTRL-B to exit\r\n>")
        elif end == b"\x02":
            raw = False
            send("\r\nMicroPython\r\n>>> ")
        elif end == b"\x04" and not (raw and code):
            sys.exit(0)
        elif end == b"\x04":
            send("OK")
            run(code, names)
        elif end == b"\x05":
            received(), received()
            # Raw paste: 32 KB may come before the computer waits for leave.
            sys.stdout.buffer.write(b"R\x01\x00\x80\x01")
            code = command()[0]
            send("\x04")
            run(code, names)


def run(code, names):
    try:
        exec(code, names)
        send("\x04\x04>")
    except BaseException as e:
        send("\x04")
        sys.print_exception(e)
        send("\x04>")


start(sys.argv[1], sys.argv[2], int(sys.argv[3]))
if sys.implementation.version < (1, 27):
    repl()
os.putenv("MICROPYINSPECT", "1")  # the prompt follows
