"""asyncio: the same client to await. All of HTTP is the core's; here is what waits."""

import asyncio

core = __import__(__name__[:-3] + "mrequests", None, None, ("Response",))

const = str
# False on MicroPython, whose compiler then leaves out what stands under it; true on CPython.
_CPYTHON = const(0)


if _CPYTHON:

    def _system(host, port):
        # What core.socket.getaddrinfo() returns; as it blocks where host is a name, that gets a thread.
        args = host, port, 0, core.socket.SOCK_STREAM
        try:
            return core.socket.getaddrinfo(*args, 0, core.socket.AI_NUMERICHOST)
        except OSError:
            return asyncio.get_running_loop().run_in_executor(None, core.socket.getaddrinfo, *args)


class Connection(core.Connection):
    """A connection that lets other tasks run while it waits."""

    decode = "aioextras"

    def wait(self, flag):
        """End the call of the core that would wait, or has kept others from running; run() repeats it."""
        if self.poll is None:
            return core.Connection.wait(self, flag)
        if flag or core.ticks_diff(core.ticks_ms(), self.ticks) > 20:
            # A wait that is over is an error here: the core may have another address to try.
            raise StopAsyncIteration(self.sleep(flag, core.Connection.wait(self, 0)))

    async def run(self, func, *args):
        """Call a function of the core, again and again until it need not wait."""
        if self.ticks < 2:  # no time yet: what never waits must let others run, too
            self.ticks = self._start
        try:
            while True:
                try:
                    return func(*args)
                except StopAsyncIteration as e:
                    wait = e.args[0]
                await wait
        except BaseException as e:
            raise self.fail(e)

    if _CPYTHON:
        _end = None  # of a wait

        async def sleep(self, flag, left):
            """Wait until the socket is ready, so many ms at the most; for flag 0 only let others run."""
            if flag:
                await self._suspend((self._sock.want or flag) == 1, left)
            else:
                await asyncio.sleep(0)
            self.ticks = core.ticks_ms()

        async def _suspend(self, reads, ms):
            if self._end:
                raise ValueError("two tasks read")
            loop = asyncio.get_running_loop()
            future = loop.create_future()
            fd = self._raw.fileno()

            def wake():
                if not future.done():
                    future.set_result(None)

            def end():
                self._end = None
                remove(fd)
                timer.cancel()
                wake()

            remove = loop.remove_reader if reads else loop.remove_writer
            (loop.add_reader if reads else loop.add_writer)(fd, wake)
            timer = loop.call_later(ms / 1000, wake)
            self._end = end
            try:
                await future
            finally:
                if self._end:
                    end()

        def open(self, context):
            """As of the core; the system's look-up of a name blocks, so it gets a thread."""
            if context.addr is None:
                raise StopAsyncIteration(core._need("aioextras").look_up(self, context, _system))
            super().open(context)

        def close(self, done=False):
            """As of the core; another task may be waiting."""
            if self._end:
                self._end()
            super().close(done)

        def fail(self, error):
            """As of the core; what decodes on the way passes on that there is nothing to read yet."""
            return error if isinstance(error, StopAsyncIteration) else super().fail(error)
    else:

        def sleep(self, flag, left):
            """Wait until the socket is ready, so many ms at the most; for flag 0 only let others run."""
            loop = asyncio.core
            tasks = loop._task_queue
            if flag:
                if id(self._sock) in loop._io_queue.map:  # the queue would forget the first
                    raise ValueError("two tasks read")
                self.cur_task = loop.cur_task
                # A task that takes its only step, send(), when the time is over.
                alarm = loop.Task(self)
                tasks.push(alarm, loop.ticks_add(core.ticks_ms(), left))
                try:
                    yield loop._io_queue._enqueue(self._sock, flag >> 2)
                finally:
                    if self.cur_task:
                        tasks.remove(alarm)
            else:
                yield tasks.push(loop.cur_task)
            self.ticks = core.ticks_ms()

        def send(self, _):
            """Wake the task that waits for the socket: the time is over, as it will find."""
            task = self.cur_task
            self.cur_task = None
            if task.data is asyncio.core._io_queue:  # neither woken nor cancelled yet
                task.data.remove(task)
                asyncio.core._task_queue.push(task)


class Response(core.Response):
    """The answer to a request; its body is read when it is asked for."""

    extras = "aioextras"

    def readinto(self, buf, size=0):
        """Read into buf what has arrived of the body, at least a byte; 0 at its end."""
        return self._sock.run(self._take, buf, min(size, len(buf)) if size > 0 else len(buf))

    def text(self):
        """The body as text; a byte that is none becomes U+FFFD."""
        return self._sock.run(self._text)

    def json(self):
        """Decode the body as JSON."""
        return self._sock.run(core.Response.json, self)

    def read(self, size=None):
        """Read size bytes of the body, fewer at its end; all that is left for None."""
        if size is None and self._given != 1:
            return self._sock.run(self._content)
        return core._need("aioextras").read(self, size)

    content = read

    def save(self, *args, **kw):
        """Write the body to a file, open or to be opened, and return its size."""
        return self.__getattr__("save")(*args, **kw)

    saveinto = save

    async def __aexit__(self, *args):
        self.close()

    async def __aenter__(self):
        return self


def __getattr__(name):
    # What sends a request, to be awaited for the response; and Session, of a module of its own.
    if name == "Session":
        return core._need("aiosession").Session
    send = getattr(core, name)

    def request(*args, **kw):
        kw.setdefault("connection", Connection)
        kw.setdefault("response_class", Response)
        if "resolver" in kw or hasattr(kw.get("data", args[2:] and args[2]), "__aiter__"):
            args = core._need("aioextras").wrap(args, kw)
        return send(*args, **kw)

    return request
