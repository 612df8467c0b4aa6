import os
from collections.abc import Callable
from typing import Any, Protocol, Union

class _Writable(Protocol):
    def write(self, data: Any, /) -> Any: ...

class _Device(Protocol):
    def readblocks(self, block: int, buf: Any, /) -> Any: ...
    def writeblocks(self, block: int, buf: Any, /) -> Any: ...
    def ioctl(self, op: int, arg: Any, /) -> Any: ...

# The other keywords are those of request().
def download(
    url: Union[str, bytes],
    path: Union[str, os.PathLike[str], _Writable, _Device],
    sha256: Union[str, bytes, None] = None,
    resume: bool = True,
    retries: int = 5,
    backoff: float = 1,
    progress: Union[Callable[[int, Union[int, None]], object], None] = None,
    buf: Union[bytearray, memoryview, None] = None,
    state: Union[str, None] = None,
    headers: Union[dict[str, Any], dict[bytes, Any], None] = None,
    deadline: Union[float, None] = None,
    request: Callable[..., Any] = ...,
    **kw: Any,
) -> int: ...
