"""download(): objects with write(), block devices, full disks."""

import gc
import hashlib
from io import BytesIO

from downloads import BODY, NONE, SUM, get, part, ranges, whole
from support import Skip, raises, scratch, script

import mrequests
from mrequests.download import download

OTHER = b"0123456789abcdef" * 64


class Sink:
    """Has write(), takes at most `room` bytes, and perhaps says how many it took."""

    def __init__(self, room=1 << 20, says=True):
        self.got = b""
        self.room = room
        self.says = says

    def write(self, data):
        n = min(len(data), self.room - len(self.got))
        if not n:
            raise OSError(28, "full")
        self.got += bytes(data[:n])
        return n if self.says else None


class Device:
    """A block device in memory, with the interface of esp32.Partition."""

    def __init__(self, blocks=4, size=512):
        self.size = size
        self.data = bytearray(blocks * size)
        self.writes = []
        self.synced = False
        self.left = 1 << 20  # writes until the power is cut

    def ioctl(self, op, arg):
        if op == 3:
            self.synced = True
        return {4: len(self.data) // self.size, 5: self.size if self.size != 512 else None}.get(op)

    def readblocks(self, n, buf):
        assert len(buf) % self.size == 0
        buf[:] = self.data[n * self.size : n * self.size + len(buf)]

    def writeblocks(self, n, buf):
        assert len(buf) and len(buf) % self.size == 0, len(buf)
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        self.writes.append(n)
        start = n * self.size
        for i in range(len(buf)):
            self.data[start + i] = buf[i]  # IndexError beyond the end


def same(path, server, **kw):
    """Download the same URL, whatever the port of the server."""

    def ask(method, url, **kw):
        return mrequests.request(method, server.url, timeout=5, **kw)

    return download("http://h/f", path, SUM, backoff=0, request=ask, **kw)


def test_object_with_write():
    for says in True, False:
        sink = Sink(says=says)
        server = script(whole(cut=300), part(300))
        assert get(sink, server, sha256=SUM) == len(BODY)
        assert sink.got == BODY
        assert ranges(server)[1] == (b"bytes=300-", b'"v1"')


def test_what_was_written_cannot_be_taken_back():
    server = script(whole(cut=300), whole())
    error = raises(OSError, get, Sink(), server)
    assert "taken back" in str(error)


def test_what_was_written_can_be_taken_back():
    file = BytesIO(b"before")
    file.seek(6)
    server = script(whole(cut=300), whole(OTHER))
    if not hasattr(file, "truncate"):
        raises(OSError, get, file, server)
        return
    assert get(file, server) == len(BODY)
    assert file.getvalue() == b"before" + OTHER


def test_wrong_digest_of_an_object():
    raises(ValueError, get, Sink(), script(whole()), sha256="0" * 64)


def test_full():
    for room in 300, 1000:
        sink = Sink(room)
        server = script(whole())
        error = raises(OSError, get, sink, server)
        assert error.errno == 28 and "disk full" in str(error)
        assert len(server.requests()) == 1  # no other attempt
        assert sink.got == BODY[:room]


def test_full_device_of_linux():
    try:
        file = open("/dev/full", "wb", 0)
    except OSError:
        raise Skip("no /dev/full")
    with file:
        error = raises(OSError, get, file, script(whole()))
    assert error.errno == 28 and "disk full" in str(error)


def test_device():
    for size in 512, 256, 1024:
        gc.collect()
        device = Device(2048 // size, size)
        assert get(device, script(whole(BODY[:1000])), buf=None) == 1000
        end = -(-1000 // size) * size
        assert bytes(device.data) == BODY[:1000] + b"\xff" * (end - 1000) + bytes(2048 - end)
        assert device.writes == list(range(end // size)) and device.synced


def test_device_that_is_just_full():
    device = Device(2)
    assert get(device, script(whole(cut=700), part(700)), sha256=SUM) == len(BODY)
    assert bytes(device.data) == BODY and device.writes == [0, 1]


def test_buffer_for_a_device():
    device = Device(4)
    assert get(device, script(whole(BODY[:600])), buf=bytearray(2048)) == 600
    assert bytes(device.data[:1024]) == BODY[:600] + b"\xff" * 424
    assert device.writes == [0]
    raises(ValueError, get, device, script(whole()), buf=bytearray(700))


def test_too_large_for_a_device():
    device = Device(1)
    server = script(whole())
    error = raises(ValueError, get, device, server)
    assert "1024" in str(error) and device.writes == []
    # Without a length it shows only on the way.
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = script(("recv",), ("send", head + b"400\r\n%s\r\n0\r\n\r\n" % BODY))
    raises(ValueError, get, device, server)
    assert len(device.data) == 512


def test_device_begins_anew():
    device = Device()
    new = OTHER
    server = script(whole(cut=700), whole(new, b""))
    assert get(device, server, sha256=hashlib.sha256(new).digest()) == len(BODY)
    assert bytes(device.data[: len(BODY)]) == new


def noting_each_block(work):
    """Do the work with a clock that runs ahead."""
    from mrequests import download as module

    now = [0]

    def later():
        now[0] += 3000
        return now[0]

    real, module.ticks_ms = module.ticks_ms, later
    try:
        return work()
    finally:
        module.ticks_ms = real


def test_device_goes_on_in_the_next_call():
    state = scratch("state")
    scratch("download")
    device = Device(8, 256)
    server = script(whole(cut=700), part(512), part(512))
    noting_each_block(lambda: raises(OSError, get, device, server, retries=0, state=state))
    assert device.writes == [0, 1]
    # Meanwhile the power was off: the buffer is lost, two blocks are not.
    device.left = 1
    raises(KeyboardInterrupt, get, device, server, state=state)
    device.left = 9
    assert get(device, server, state=state, sha256=SUM) == len(BODY)
    assert bytes(device.data[:1024]) == BODY
    assert device.writes == [0, 1, 2, 2, 3]
    rest = (b"bytes=512-", b'"v1"')
    assert ranges(server) == [NONE, rest, rest]
    raises(OSError, open, state)


def test_device_that_was_tampered_with():
    from mrequests import download as module

    state = scratch("state")
    device = Device(8, 256)
    with open(state, "wb") as file:
        key = module.hexlify(hashlib.sha256(b"http://h/f None").digest())
        file.write(b'"v1"\n1024\n%d\n%s\n' % (300, key))  # no whole number of blocks
    server = script(whole())

    assert same(device, server, state=state) == len(BODY)
    assert ranges(server) == [NONE]


class Disk:
    """A block device of MicroPython in memory; the power fails at a write."""

    def __init__(self, blocks, data=None):
        self.data = data or bytearray(blocks * 512)
        self.left = 1 << 20

    def readblocks(self, n, buf, offset=0):
        start = n * 512 + offset
        buf[:] = memoryview(self.data)[start : start + len(buf)]

    def writeblocks(self, n, buf, offset=0):
        if not self.left:
            raise OSError(5)
        self.left -= 1
        start = n * 512 + offset
        memoryview(self.data)[start : start + len(buf)] = buf

    def ioctl(self, op, arg):
        if op == 4:
            return len(self.data) // 512
        return 512 if op == 5 else 0


def mounted(kind, disk, work):
    import vfs

    vfs.mount(kind(disk), "/ram")
    try:
        return work()
    finally:
        vfs.umount("/ram")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def file_systems():
    import vfs

    for kind in vfs.VfsFat, vfs.VfsLfs2:
        gc.collect()
        disk = Disk(100 if kind is vfs.VfsFat else 48)
        kind.mkfs(disk)
        yield kind, disk


def test_file_systems_of_boards():
    for kind, disk in file_systems():

        def work():
            with open("/ram/f", "wb") as file:
                file.write(b"old")
            raises(OSError, get, "/ram/f", script(whole(cut=700)), retries=0)
            assert read("/ram/f") == b"old" and read("/ram/f.part") == BODY[:700]
            assert get("/ram/f", script(whole(cut=300), part(300)), sha256=SUM) == len(BODY)
            assert read("/ram/f") == BODY and read("/ram/f.part") is read("/ram/f.part.note") is None

        mounted(kind, disk, work)


def test_disk_full():
    big = BODY * 64

    for kind, disk in file_systems():

        def work():
            head = b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: "v"\r\n\r\n' % len(big)
            server = script(("recv",), ("send", head), ("send", BODY, 64))
            error = raises(OSError, get, "/ram/f", server)
            assert error.errno == 28 and "disk full" in str(error), error
            assert len(server.requests()) == 1
            assert read("/ram/f") is None
            assert read("/ram/f.part") == big[: len(read("/ram/f.part"))]

        mounted(kind, disk, work)


def test_power_cut_at_every_write():
    # Whenever it is: under the name is the old or the new whole, and the next call ends well.
    cut, resumed = 0, []
    for kind, disk in file_systems():
        mounted(kind, disk, lambda: open("/ram/f", "wb").close())
        clean = bytes(disk.data)
        for left in range(100):
            gc.collect()
            disk = Disk(0, bytearray(clean))
            if power_cut(kind, disk, left, resumed):
                break
            cut += 1
        assert len(set(resumed)) > 3, resumed
    assert cut > 20, cut


def power_cut(kind, disk, left, resumed):
    """Cut the power at this write; whether the download was through before."""

    def first():
        disk.left = left
        try:
            noting_each_block(lambda: same("/ram/f", script(whole()), retries=0, buf=bytearray(128)))
            return True
        except OSError:
            return False
        finally:
            disk.left = 0

    try:
        through = mounted(kind, disk, first)
    except OSError:  # umount() could not write
        through = False
    disk = Disk(0, disk.data)

    def second():
        # FAT does not replace: for a moment there is neither.
        there = read("/ram/f")
        assert there in (b"", BODY) or there is None and read("/ram/f.part") == BODY, (left, there)
        data = read("/ram/f.part") if read("/ram/f.part.note") else b""
        assert data is None or BODY.startswith(data), left
        resumed.append(len(data or b""))
        server = rest(data)
        assert same("/ram/f", server) == len(BODY)
        assert read("/ram/f") == BODY and read("/ram/f.part") is None

    mounted(kind, disk, second)
    return through


def rest(data):
    n = len(data or b"")
    if not n:
        return script(whole())
    if n == len(BODY):
        return script(("recv",), ("send", b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n"))
    return script(part(n))


MICROPYTHON_ONLY = ("test_file_systems_of_boards", "test_disk_full", "test_power_cut_at_every_write")
# A disk in memory.
SMALL_HEAP_SKIP = ("test_file_systems_of_boards", "test_disk_full", "test_power_cut_at_every_write")
