"""The queue of examples/sensor_client.py: nothing is lost or disordered, whenever the power goes."""

import os

from sensor_client import Queue
from support import MICROPYTHON, scratch

if MICROPYTHON:
    from flash import Flash, PowerCut

MICROPYTHON_ONLY = [
    "test_power_cut_at_any_moment",
    "test_full_flash",
    "test_flash_rests_while_the_server_is_there",
]
SMALL_HEAP_SKIP = [
    "test_power_cut_at_any_moment",
    "test_full_flash",
    "test_flash_rests_while_the_server_is_there",
]


def folder():
    """Path of an empty folder."""
    path = scratch("queue")
    try:
        for name in os.listdir(path):
            os.remove(path + "/" + name)
    except OSError:
        pass
    return path


def line(number):
    return b'{"id": "here-1-%d", "time": 1795241575, "temp": 21.0625}\n' % number


def lines(*numbers):
    return b"".join([line(number) for number in range(*numbers)])


def fill(queue, *numbers):
    for number in range(*numbers):
        assert queue.put(line(number))


def drain(queue, count=7):
    """All that waits, taken away count lines at a time."""
    out = b""
    part = queue.peek(count)
    while part:
        assert part.count(b"\n") <= count
        out += part
        queue.drop(part)
        part = queue.peek(count)
    return out


def test_in_order_through_files_and_memory():
    queue = Queue(folder(), unsaved=3, lines=6)
    fill(queue, 20)
    assert len(os.listdir(queue.folder)) == 3 and len(queue.fresh) == 2
    assert queue.peek(4) == lines(4) == queue.peek(4)
    assert drain(queue) == lines(20)
    assert os.listdir(queue.folder) == [] and queue.peek(1) == b""


def test_lines_in_memory_touch_no_file():
    queue = Queue(folder(), unsaved=10)
    for number in range(0, 90, 9):
        fill(queue, number, number + 9)
        assert drain(queue) == lines(number, number + 9)
        assert os.listdir(queue.folder) == []


def test_a_new_start_finds_what_was_saved():
    queue = Queue(folder(), unsaved=4, lines=8)
    fill(queue, 15)  # three are in memory only, and go with it
    queue.drop(queue.peek(5))
    queue = Queue(queue.folder, unsaved=4, lines=8)
    fill(queue, 100, 104)
    # Where delivery had come to in the first file is not known any more: it comes again, with the same ids.
    assert drain(queue) == lines(12) + lines(100, 104)


def test_every_line_is_saved_with_unsaved_1():
    queue = Queue(folder(), unsaved=1)
    for number in range(40):
        fill(queue, number, number + 1)
        assert queue.fresh == []
    assert drain(Queue(queue.folder)) == lines(40)


def test_save_leaves_nothing_in_memory():
    queue = Queue(folder(), unsaved=10)
    assert queue.save() and os.listdir(queue.folder) == []
    fill(queue, 3)
    assert queue.save()
    assert drain(Queue(queue.folder)) == lines(3)


def test_puts_while_the_first_file_is_delivered():
    queue = Queue(folder(), unsaved=1, lines=4)
    out = b""
    for number in range(30):
        fill(queue, number, number + 1)
        if number % 3:
            part = queue.peek(1)
            queue.drop(part)
            out += part
    assert out + drain(queue) == lines(30)


def test_a_full_queue_takes_nothing_and_keeps_what_it_has():
    queue = Queue(folder(), unsaved=2, lines=4, files=3)
    taken = [number for number in range(30) if queue.put(line(number))]
    assert taken == list(range(13))  # three files, and what is in memory before it must be saved
    queue.drop(queue.peek(4))
    assert not queue.put(line(30))  # the file goes with the next look
    assert queue.peek(4) == lines(4, 8)
    assert queue.put(line(13))
    assert drain(queue) == lines(4, 14)


def test_order_of_many_files():
    queue = Queue(folder(), unsaved=1, lines=1)
    fill(queue, 12)  # as text 10 comes before 9
    assert drain(Queue(queue.folder)) == lines(12)


def test_half_a_line_is_none():
    queue = Queue(folder(), unsaved=1, lines=8)
    fill(queue, 3)
    with open(queue.path(0), "ab") as file:
        file.write(line(3)[:20])
    queue = Queue(queue.folder, unsaved=1, lines=8)
    fill(queue, 10, 12)
    assert drain(queue) == lines(3) + lines(10, 12)
    assert os.listdir(queue.folder) == []


def test_a_file_with_nothing_in_it():
    queue = Queue(folder(), unsaved=1, lines=1)
    fill(queue, 2)
    with open(queue.path(0), "wb"):
        pass
    assert drain(Queue(queue.folder)) == lines(1, 2)


def test_what_else_is_in_the_folder_stays():
    queue = Queue(folder())
    with open(queue.folder + "/notes.txt", "w"):
        pass
    queue = Queue(queue.folder, unsaved=1)
    fill(queue, 2)
    assert drain(queue) == lines(2)
    assert os.listdir(queue.folder) == ["notes.txt"]


# --- On littlefs, the file system of most boards ---


def play(log):
    """Some life of a queue; log gets (what, number) when it is done."""
    queue = Queue("/flash/queue", unsaved=1, lines=4)
    for number in range(11):
        assert queue.put(line(number))
        log.append(("put", number))
        if number % 4 == 3:
            part = queue.peek(3)
            queue.drop(part)
            log.append(("dropped", number))


def test_power_cut_at_any_moment():
    with Flash(32, 512) as flash:
        empty, flash.changes, log = bytes(flash.data), 0, []
        play(log)
        assert len(log) == 13
    assert flash.changes > 30
    for cut in range(1, flash.changes + 1):
        flash = Flash(32, 512, bytearray(empty), cut)
        log = []
        try:
            with flash:
                play(log)
        except (PowerCut, OSError):  # closing the file may fail, too
            pass
        assert flash.cut == -1
        check_after_power_cut(bytearray(flash.data), log)


def check_after_power_cut(data, log):
    put = len([1 for what, _ in log if what == "put"])
    dropped = 3 * (len(log) - put)
    with Flash(32, 512, data):
        queue = Queue("/flash/queue", unsaved=1, lines=4)
        fill(queue, 90, 92)
        got = drain(queue)
    # What was put is there, and the line at which the power went may be. What was delivered may come again.
    expected = [lines(first, last) for first in range(dropped + 1) for last in (put, put + 1)]
    assert got in [some + lines(90, 92) for some in expected], (log, got)


def test_full_flash():
    with Flash(16, 512):
        queue = Queue("/flash/queue", unsaved=2, lines=8)
        taken = [number for number in range(200) if queue.put(line(number))]
        assert 10 < len(taken) < 150
        # Refused is refused: nothing is missing among those taken, and nothing else is delivered.
        got = drain(queue)
        for number in taken:
            assert line(number) in got
        fill(queue, 300, 305)
        assert drain(queue) == lines(300, 305)


def test_flash_rests_while_the_server_is_there():
    with Flash(32, 512) as flash:
        queue = Queue("/flash/queue", unsaved=10)
        before = flash.changes
        for number in range(500):
            fill(queue, number, number + 1)
            assert drain(queue) == line(number)
        assert flash.changes == before
