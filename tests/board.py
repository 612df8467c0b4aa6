"""A board to install on: MicroPython behind a pseudo-terminal, with a small flash of its own.

What a board does that the Unix port does not is done here: Ctrl-D in the raw REPL starts MicroPython anew,
and the raw REPL is entered again. The flash is a file; it survives a reset, a power cut and this class.
"""

import contextlib
import os
import re
import select
import signal
import subprocess
import threading
import time
import tty
from pathlib import Path

BOOT = Path(__file__).resolve().parent / "board_boot.py"
RAW = b"raw REPL; CTRL-B to exit\r\n"
PROMPTS = b">>> ", b"\4>", RAW + b">"


class Board:
    """A board that is plugged in while the `with` block lasts."""

    def __init__(self, command, image, size=512 * 1024, kind="VfsLfs2", cut=0, unplug=0):
        self.command = [*command, str(BOOT), str(image), kind, str(cut)]
        self.unplug = unplug  # after this many bytes from the computer
        if not image.exists():
            image.write_bytes(b"\xff" * size)

    def __enter__(self):
        self.host, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.port = os.ttyname(self.slave)
        self.stop_reading, self.stop_writing = os.pipe()
        self.start()
        self.thread = threading.Thread(target=self.relay, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.close(self.stop_writing)
        self.thread.join()
        with contextlib.suppress(OSError):
            os.close(self.slave)
        os.close(self.stop_reading)

    def start(self):
        """Switch on: MicroPython on a terminal of its own."""
        self.chip, inner = os.openpty()
        tty.setraw(inner)
        self.process = subprocess.Popen(self.command, stdin=inner, stdout=inner, stderr=inner)
        os.close(inner)
        self.skip(b">>> ")
        self.shown, self.last = b">>> ", b""

    def relay(self):
        """Carry bytes both ways until told to stop, or the cable or the power is cut."""
        try:
            while True:
                ready = select.select([self.host, self.chip, self.stop_reading], [], [])[0]
                if self.stop_reading in ready:
                    break
                if self.chip in ready and not self.from_chip():
                    break
                if self.host in ready and not self.from_host():
                    break
        except OSError:
            pass  # the power was cut
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self.chip)
            os.close(self.host)

    def from_host(self):
        data = os.read(self.host, 4096)
        if self.unplug and self.unplug <= len(data):
            return False
        self.unplug = max(0, self.unplug - len(data)) if self.unplug else 0
        if b"\3" in data:
            data = self.interrupt(data)
        os.write(self.chip, data)
        return True

    def interrupt(self, data):
        """Ctrl-C is a character at a prompt, a signal to a program; the Unix port dies of one too many."""
        deadline = time.monotonic() + 0.1
        while not self.shown.endswith(PROMPTS):
            if not select.select([self.chip], [], [], max(0, deadline - time.monotonic()))[0]:
                break
            if not self.from_chip():
                raise OSError("it has ended")
            if time.monotonic() > deadline:
                break
        else:
            return data
        self.process.send_signal(signal.SIGINT)
        return data.replace(b"\3", b"")

    def from_chip(self):
        try:
            data = os.read(self.chip, 4096)
        except OSError:
            return self.reset()
        self.shown = (self.shown + data)[-len(RAW) - 1 :]
        os.write(self.host, self.lines(data))
        return True

    def lines(self, data):
        """Lines end in CR LF, as the console of a board makes them."""
        cooked = re.sub(rb"(?<!\r)\n", b"\r\n", data)
        if self.last == b"\r" and data[:1] == b"\n":
            cooked = cooked[1:]
        self.last = data[-1:]
        return cooked

    def reset(self):
        """MicroPython has ended: by Ctrl-D, unless the power was cut."""
        if self.process.wait() != 0:
            return False
        os.close(self.chip)
        raw = b">>> " not in self.shown
        self.start()
        os.write(self.host, b"\r\nMPY: soft reboot\r\n")
        if raw:
            os.write(self.chip, b"\x01")
            self.skip(RAW)
            self.shown = RAW
        os.write(self.host, self.shown)
        return True

    def skip(self, end):
        """Swallow what MicroPython says up to this."""
        data = b""
        while not data.endswith(end):
            data += os.read(self.chip, 1)
