"""The polling server: what a request body in chunks costs, apart from what the other tests have loaded."""

import gc

from mrequests.http_extras import Chunked

MICROPYTHON_ONLY = ("test_chunks_of_a_byte_take_no_more_memory_than_others",)


def test_chunks_of_a_byte_take_no_more_memory_than_others():
    class Connection:
        data = b"head" * 10
        end = 36

        class server:
            max_body = 4096

    chunks = Chunked(Connection())
    gc.collect()
    before = gc.mem_alloc()
    for _ in range(2000):
        chunks.feed(b"1\r\na\r\n")
    gc.collect()
    assert gc.mem_alloc() - before < 6000, gc.mem_alloc() - before
