from collections.abc import Iterable, Iterator
from typing import Any, Callable, Union

from .mrequests import RequestContext

_Block = Union[bytes, bytearray, memoryview]
_Progress = Callable[[int, Union[int, None]], object]

BLOCK: int

def wrap(data: Any) -> Blocks: ...
def counted(data: Any, progress: _Progress, context: RequestContext, need: Callable[[str], Any]) -> Any: ...

class Blocks:
    length: Union[int, None]
    progress: Union[_Progress, None]
    again: bool
    used: bool
    def __init__(
        self, data: Iterable[Union[str, _Block]], length: Union[int, None] = None, again: bool = True
    ) -> None: ...
    def framing(self, context: RequestContext) -> dict[str, Union[str, int, None]]: ...
    def message(self, head: bytes) -> Iterator[_Block]: ...
