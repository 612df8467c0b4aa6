"""Sessions: what a request may say against them, which connections may not be kept, and turns."""

import asyncio
import gc

from loop import ANSWER, ASK, run
from support import CA_DER, OTHER_CA_DER, open_fds, script

from mrequests import aio

# TLS needs more than such a heap has beside the test itself.
SMALL_HEAP_SKIP = ("test_verify_of_a_request_goes_before_that_of_the_session",)


def session(function, **kw):
    """Run function(session), and close; nothing stays open."""

    async def main():
        async with aio.Session(timeout=5, **kw) as made:
            return await function(made)

    gc.collect()  # for the sake of small heaps
    before = open_fds()
    result = run(main())
    assert open_fds() == before, "%d left open" % (open_fds() - before)
    return result


def test_verify_of_a_request_goes_before_that_of_the_session():
    server = script(ASK, ANSWER, ("hold", 300), tls=True, connections=4)

    async def main(s):
        seen = []
        for verify in (None, False, CA_DER, OTHER_CA_DER):
            try:
                seen.append((await s.get(server.url, verify=verify)).status)
            except OSError:
                seen.append(0)
        return seen

    assert session(main, verify=False) == [200, 200, 200, 0]
    server = script(ASK, ANSWER, ("hold", 300), tls=True, connections=4)
    assert session(main, verify=OTHER_CA_DER) == [0, 200, 200, 0]
