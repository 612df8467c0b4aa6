from collections.abc import Callable, Iterator
from typing import Any, Union

from typing_extensions import Self

from .mrequests import Response

class Event:
    event: str
    data: str
    id: str
    retry: Union[int, None]
    def __init__(self, event: str, data: str, id: str, retry: Union[int, None]) -> None: ...

class Parser:
    id: str
    retry: Union[int, None]
    max_event: int
    def __init__(self, max_event: int = 32768) -> None: ...
    def reset(self) -> None: ...
    def line(self, line: bytes) -> Union[Event, None]: ...

def events(response: Response, max_event: int = 32768) -> Iterator[Event]: ...

class EventSource:
    parser: Parser
    retries: int
    # The other keywords are those of request().
    def __init__(
        self,
        url: Union[str, bytes],
        method: str = "GET",
        retries: int = 5,
        retry: int = 3000,
        max_event: int = 32768,
        headers: Union[dict[str, Any], dict[bytes, Any], None] = None,
        request: Callable[..., Any] = ...,
        **kw: Any,
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    def __iter__(self) -> Iterator[Event]: ...
    def close(self, *args: object) -> None: ...
