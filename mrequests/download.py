"""Downloads that outlast a bad network and a power cut: resumed, verified, and only then put in place."""

import os
import time
from binascii import hexlify, unhexlify
from errno import EEXIST, ETIMEDOUT
from hashlib import sha256 as _sha256

try:
    from .mrequests import _BLOCK, Response, _need, request, ticks_diff, ticks_ms
except ImportError:  # this file lies beside the core, without a package
    from mrequests import _BLOCK, Response, _need, request, ticks_diff, ticks_ms


class _Reply(Response):
    # Keeps the fields that tell what came, and leaves the bytes as they are.
    def add_header(self, data):
        self._coding = None
        if b"\0" in data or b"\r" in data:  # If-Range could not say it, this time and ever after
            return
        name = data[: data.find(b":") + 1].lower()
        if name in (b"content-encoding:", b"content-range:", b"date:", b"etag:", b"last-modified:"):
            self._kept.append((name, data[len(name) :].strip(b" \t\r\n")))

    def field(self, name):
        for key, value in self._kept:
            if key == name:
                return value
        return b""

    def validator(self):
        """Return what If-Range may ask for: a strong entity tag, or else a date that is strong."""
        tag = self.field(b"etag:")
        if tag:
            return tag if tag[:1] == b'"' else b""
        # A server's Last-Modified is not later than its Date; where they differ, it was not
        # changed in the second in which it was sent (RFC 9110, 8.8.2).
        modified = self.field(b"last-modified:")
        return modified if self.field(b"date:") not in (b"", modified) else b""


def _remove(path):
    try:
        os.remove(path)
    except OSError:
        pass


class _File:
    # A file that gets its name when it is complete; till then it is called .part.

    done = 0  # bytes that are in it
    file = None
    size = None  # all that fits

    def __init__(self, path, buf):
        self.path = path
        self.part = path + ".part"
        self.buf = buf
        try:
            folder = os.stat(path)[0] & 0x4000
        except OSError:
            return
        if folder:
            raise ValueError(path + " is a folder")

    def reopen(self, done, digest):
        """Go on behind what an earlier call has left, after handing that to digest."""
        self.file = open(self.part, "r+b", 0)
        n = digest and self.file.readinto(self.buf)
        while n:
            digest.update(memoryview(self.buf)[:n])
            n = self.file.readinto(self.buf)
        self.done = self.file.seek(0, 2)
        self.write = self.file.write

    def restart(self):
        """Begin anew."""
        self.close()
        self.done = 0
        self.file = open(self.part, "wb", 0)
        self.file.flush()
        self.write = self.file.write

    def sync(self):
        """Make safe what there is; return how much that is, where the note must say so."""
        self.file.flush()

    def finish(self):
        """Put what has come in its place."""
        self.file.flush()
        if hasattr(os, "fsync"):
            os.fsync(self.file.fileno())
        self.close()
        rename = getattr(os, "replace", os.rename)
        try:
            rename(self.part, self.path)
        except OSError as e:  # some file systems do not replace
            if e.errno != EEXIST:
                raise
            os.remove(self.path)
            rename(self.part, self.path)

    def close(self, discard=False):
        file, self.file = self.file, None
        try:
            if file:
                file.close()
        except OSError:
            pass
        if discard:
            _remove(self.part)


class _Job:
    # A download in its attempts.

    digest = None
    validator = b""
    total = end = -1  # of the whole, of what the current reply brings; -1: not known

    def __init__(self, store, ask, sha256, note, key, resume):
        self.store = store
        self.ask = ask
        self.sha256 = sha256
        self.note = note  # path of the file that says what the part is a part of
        self.key = key
        self.resume = resume
        self.synced = ticks_ms()
        if resume and note:
            self.load()

    def load(self):
        """Take up what an earlier call has left of the same thing."""
        try:
            with open(self.note, "rb") as file:
                # The key comes last: half a note is none.
                validator, total, done, key, _ = file.read().split(b"\n")
            if key == self.key:
                self.digest = self.sha256 and _sha256()
                self.store.reopen(int(done), self.digest)
                self.total = int(total)
                self.validator = validator
        except (OSError, ValueError):
            self.store.done = 0

    def save(self, done):
        if self.resume and self.note and self.validator:
            with open(self.note, "wb") as file:
                file.write(b"%s\n%d\n%d\n%s\n" % (self.validator, self.total, done, self.key))

    def attempt(self, progress):
        """Receive what one reply brings; return None when all is there, else why it is not."""
        headers = {"Accept-Encoding": "identity"}
        if self.validator and self.store.done:
            headers["Range"] = "bytes=%d-" % self.store.done
            headers["If-Range"] = self.validator
        try:
            r = self.ask(headers)
        except OSError as e:
            return e
        with r:
            return self.accept(r, "Range" in headers) or self.receive(r, progress)

    def accept(self, r, asked):
        """Prepare for the body; return an error where another attempt may bring a better one."""
        status = r.status_code
        if status < 300 and r.field(b"content-encoding:").lower() not in (b"", b"identity"):
            raise ValueError("the body is encoded: use get() and save()")
        if status == 200:
            return self.begin(r)
        if asked and status in (206, 416):
            if self.fits(r):
                return None
            self.validator = b""
        error = OSError("%d %s: %s" % (status, r.reason, r.url))
        if asked and not self.validator or status in (408, 425, 429) or status >= 500:
            return error
        raise error

    def fits(self, r):
        """Take note of what the reply brings; false if it is not the rest of the same thing."""
        done = self.store.done
        now = r.field(b"etag:" if self.validator[:1] == b'"' else b"last-modified:")
        if now not in (b"", self.validator):
            return False
        text = r.field(b"content-range:").lower()
        i = text.find(b"/")
        total = text[i + 1 :]
        total = int(total) if i > 0 and total.isdigit() else -1
        if r.status_code == 416:  # there is no rest
            if total < 0:
                total = self.total
            self.total = done
            return total == done
        start = b"bytes %d-" % done
        last = text[len(start) : max(i, 0)]
        if not text.startswith(start) or not last.isdigit():
            return False
        self.end = end = int(last) + 1
        if not done < end <= total or self.total not in (-1, total):
            return False
        self.total = total
        self.fit(total)
        return r.chunked or r._content_size in (None, end - done)

    def fit(self, size, limit=None):
        limit = self.store.size if limit is None else limit
        if limit is not None and size > limit:
            raise ValueError("%d bytes do not fit" % size)

    def begin(self, r):
        """Make room for the whole thing."""
        total = r._content_size
        if r.chunked:
            total = -1
        elif total is None:
            total = -1
            if not self.sha256:
                raise ValueError("no length, a cut would not be seen: pass sha256")
        self.total = self.end = total
        self.fit(total)
        if self.note:
            _remove(self.note)
        self.digest = self.sha256 and _sha256()
        self.store.restart()
        self.validator = r.validator()
        self.save(0)

    def receive(self, r, progress):
        store, done = self.store, self.store.done
        limit = self.end if self.end >= 0 else None
        while done != self.total:
            buf = store.buf
            try:
                n = r.readinto(buf)
            except OSError as e:
                return e
            if not n:
                break
            done += n
            self.fit(done, limit)
            self.put(store, buf if n == len(buf) else memoryview(buf)[:n], n)
            if progress:
                progress(done, None if self.total < 0 else self.total)
        if done < self.total:
            return OSError("the server sent %d of %d bytes" % (done, self.total))

    def put(self, store, data, n):
        if self.digest:
            self.digest.update(data)
        try:
            took = store.write(data)
            if took is not None and took < n:
                raise OSError(28, "full")  # ENOSPC, which MicroPython does not name
            store.done += n
            # A power cut costs two seconds of work.
            if ticks_diff(ticks_ms(), self.synced) > 2000:
                self.synced = ticks_ms()
                done = store.sync()
                if done is not None:
                    self.save(done)
        except OSError as e:
            raise OSError(e.errno, "cannot write, disk full? %d bytes were written" % store.done)

    def run(self, retries, backoff, progress, left):
        """Try until all is there; only attempts that bring nothing new count."""
        best = self.store.done
        failed = 0
        error = self.attempt(progress)
        while error:
            failed += 1
            if self.store.done >= best + 1024:
                best = self.store.done
                failed = 0
            if failed > retries:
                raise error
            pause = min(backoff * (1 << min(failed, 9)) / 2, 60) if failed else 0
            if left() is not None and left() <= pause:
                raise OSError(ETIMEDOUT, "timed out: %s" % error)
            time.sleep(pause)
            error = self.attempt(progress)
        if self.digest and self.digest.digest() != self.sha256:
            self.store.close(True)
            error = ValueError("wrong SHA-256, the download was thrown away")
        else:
            self.store.finish()
        if self.note:
            _remove(self.note)
        if error:
            raise error


def _wanted(sha256):
    # The digest as bytes.
    if sha256 is not None and len(sha256) == 64:
        sha256 = unhexlify(sha256)
    if sha256 is not None and (isinstance(sha256, str) or len(sha256) != 32):
        raise ValueError("sha256 must be 64 hex digits or 32 bytes")
    return sha256


def _store(path, buf):
    if isinstance(path, str) or not (hasattr(path, "write") or hasattr(path, "writeblocks")):
        return _File(str(path), buf or bytearray(_BLOCK))
    return _need("sinks").sink(path, buf)


def download(
    url,
    path,
    sha256=None,
    resume=True,
    retries=5,
    backoff=1,
    progress=None,
    buf=None,
    state=None,
    headers=None,
    deadline=None,
    request=request,
    **kw,
):
    """Download to a file, which gets its name when it is complete and verified; return its size."""
    sha256 = _wanted(sha256)
    kw.pop("parse_headers", None)  # it would parse them in our place
    bound = kw.pop("max_size", None)
    start = ticks_ms()
    store = _store(path, buf)
    # Names what is downloaded, without writing secrets of the URL to the disk.
    key = hexlify(_sha256(("%s %s" % (url, kw.get("params"))).encode()).digest())

    def left():
        return deadline and deadline - ticks_diff(ticks_ms(), start) / 1000

    def ask(more):
        merged = dict(headers or ())
        merged.update(more)
        return request(
            "GET", url, headers=merged, response_class=_Reply, save_headers=True, deadline=left(), **kw
        )

    if isinstance(store, _File):
        state = store.part + ".note"
    elif not store.size:
        state = None  # a stream cannot be taken up again
    if bound is not None:
        store.size = bound if store.size is None else min(bound, store.size)
    try:
        _Job(store, ask, sha256, state, key, resume).run(retries, backoff, progress, left)
        resume = True
    finally:
        store.close(not resume)
    return store.done
