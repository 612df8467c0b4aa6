from collections.abc import AsyncIterator, Callable
from typing import Any, Union

from .aio import Connection, Response
from .mrequests import _Buffer, _Writable

async def read(response: Response, size: Union[int, None] = None) -> bytes: ...
async def save(
    response: Response,
    fn: str,
    buf: Union[_Buffer, None] = None,
    chunk_size: int = 0,
    progress: Union[Callable[[int, Union[int, None]], object], None] = None,
) -> int: ...
async def saveinto(
    response: Response,
    fobj: _Writable,
    buf: Union[_Buffer, None] = None,
    chunk_size: int = 0,
    progress: Union[Callable[[int, Union[int, None]], object], None] = None,
) -> int: ...
def iter_content(response: Response, chunk_size: int = 1024) -> AsyncIterator[bytes]: ...
def iter_lines(
    response: Response, need: Callable[[str], Any], chunk_size: int = 256, max_line: int = 32768
) -> AsyncIterator[bytes]: ...
def events(response: Response, need: Callable[[str], Any], max_event: int = 32768) -> AsyncIterator[Any]: ...
def decode(response: Response, need: Callable[[str], Any]) -> None: ...
def lookup(response: Response, name: str, need: Callable[[str], Any]) -> Any: ...
def prepare(
    connection: type[Connection], data: Any, kw: dict[str, Any], need: Callable[[str], Any]
) -> Any: ...
