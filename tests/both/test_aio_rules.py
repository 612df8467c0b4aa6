"""The rules of HTTP through the asynchronous client: the tests of the blocking one, with the same vectors."""

import asyncio

import aio_door
from aio_door import through
from doubles import Network, Pieces
from loop import run
from support import MICROPYTHON

from mrequests import aio

# With the vectors, the doubles and asyncio there is no room for them there.
SMALL_HEAP_SKIP = (
    "test_framing",
    "test_framing_with_pauses",
    "test_truncated",
    "test_truncated_with_pauses",
    "test_refused",
    "test_response",
    "test_redirects",
    "test_request_head",
    "test_bodies",
    "test_keywords",
    "test_url",
    "test_timeouts",
    "test_tls",
    "test_leaks",
    "test_wire",
    "test_httpbin",
    "test_decode",
    "test_decode_refused",
    "test_charset",
    "test_max_size",
    "test_lines",
    "test_multipart",
    "test_progress",
    "test_cancelled_at_every_byte",
)


def test_framing():
    through("test_framing")


def test_framing_with_pauses():
    through("test_framing", pauses=True)


def test_truncated():
    through("test_truncated")


def test_truncated_with_pauses():
    through("test_truncated", pauses=True)


def test_refused():
    through("test_refused")


def test_response():
    through(
        "test_response",
        (
            "test_raw",
            "test_raw_as_a_stream",
            "test_raw_readline_takes_no_more_than_asked_for",
            "test_content_then_the_others",  # no raw
            "test_facts",
            "test_response_class",
            "test_response_class_that_drops_every_line",  # subclasses of the core's
            "test_content_after_the_body_was_read",  # read() keeps it here
        ),
    )


def test_redirects():
    through("test_redirects")


def test_request_head():
    through("test_request_head")


def test_bodies():
    through("test_bodies")


def test_auth():
    through("test_auth")


def test_keywords():
    through(
        "test_keywords",
        (
            "test_names_that_programs_import",
            "test_order_of_the_positional_parameters",  # of the package
        ),
    )


def test_url():
    through("test_url")


def test_connect():
    through("test_connect")


def test_timeouts():
    through("test_timeouts")


def test_tls():
    through("test_tls")


def test_leaks():
    through(
        "test_leaks",
        (
            "test_body_to_its_end_closes",
            "test_no_room_for_the_body",  # raw
        ),
    )


def test_wire():
    through(
        "test_wire",
        (
            "test_readinto_takes_no_memory",  # a coroutine does
        ),
    )


def test_httpbin():
    through("test_httpbin")


def test_decode():
    through(
        "test_decode",
        (
            "test_in_threes",  # raw
            "test_reading_goes_on_where_it_was",
            "test_a_response_class_and_several_fields",  # subclasses of the core's
            "test_connection_that_can_be_kept",
        )
        # All of the body is decoded at once there.
        + (("test_what_was_flushed_is_given_at_once", "test_closed_response") if MICROPYTHON else ()),
    )


def test_decode_refused():
    through("test_decode_refused")


def test_charset():
    through("test_charset")


def test_max_size():
    # raw, and subclasses of the core's
    left_out = ("test_up_to_max_size", "test_above_max_size", "test_a_small_body_in_one_piece")
    through(
        "test_max_size",
        left_out + ("test_announced_length_is_refused_before_the_body", "test_class_attribute"),
    )


def test_lines():
    through("test_lines", ("test_as_text",))


def test_multipart():
    through("test_multipart")


def test_progress():
    through("test_progress")


def test_cancelled_at_every_byte():
    # Each byte takes a step of the loop, so that the steps are the same every time.
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\n, y\r\n0\r\n\r\n"

    async def exchange():
        r = await aio.get("http://h/", connection=aio_door.Pausing)
        return await r.read()

    async def main():
        ended = []
        for count in range(200):
            with Network(Pieces(raw, 1)) as network:
                task = asyncio.create_task(exchange())
                for _ in range(count):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    assert await task == b"hello, y"
                    ended.append(count)
                except asyncio.CancelledError:
                    pass
                assert network.all_closed() and (count < 2 or network.sockets), count
        return ended

    ended = run(main())
    assert len(raw) < ended[0] < 190 and len(ended) == 200 - ended[0], ended
