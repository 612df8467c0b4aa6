from collections.abc import Iterator
from typing import Any, Callable, Union

from .mrequests import RequestContext

BLOCK: int

def wrap(data: Any, context: RequestContext, need: Callable[[str], Any]) -> Union[bytes, Any]: ...

class File:
    length: int
    progress: Union[Callable[[int, int], object], None]
    def __init__(self, file: Any) -> None: ...
    def framing(self, context: RequestContext) -> dict[str, Union[int, None]]: ...
    def message(self, head: bytes) -> Iterator[Union[bytes, bytearray, memoryview]]: ...
