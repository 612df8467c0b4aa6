import socket as socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypedDict, Union

from typing_extensions import Self, TypeVar, Unpack

from .extras import Raw

_Text = Union[str, bytes]
_Buffer = Union[bytearray, memoryview]
_Pair = tuple[_Text, _Text]
_Seconds = Union[float, None, tuple[Union[float, None], Union[float, None]]]
_Form = Union[Mapping[Any, Any], Sequence[tuple[Any, Any]]]
_Headers = Union[dict[str, Any], dict[bytes, Any]]

class _Readable(Protocol):
    def read(self, n: int = ..., /) -> bytes: ...

class _Writable(Protocol):
    def write(self, data: Any, /) -> Any: ...

class _Context(Protocol):
    def wrap_socket(self, sock: Any, *, server_hostname: str, do_handshake_on_connect: bool) -> Any: ...

_Content = Union[_Text, _Buffer, _Readable]
_File = Union[_Content, tuple[Any, ...], list[Any], None]
_Data = Union[_Text, _Buffer, _Form, _Readable, Iterable[_Text], None]

class _More(TypedDict, total=False):
    params: Union[_Form, _Text, None]
    stream: Union[bool, None]
    parse_headers: Union[bool, Callable[[bytes, dict[Any, Any]], Any], None]
    allow_redirects: bool
    verify: Union[bool, str, bytes, ssl.SSLContext, None]
    secret: Sequence[str]
    max_size: Union[int, None]
    files: Union[Mapping[Any, _File], Sequence[tuple[Any, _File]], None]
    progress: Union[Callable[[int, Union[int, None]], object], None]
    decode: bool

# What a verb passes on to request().
class _Keywords(_More, total=False):
    data: _Data
    json: Any
    headers: Union[_Headers, None]
    auth: Union[_Pair, Callable[[], _Pair], None]
    encoding: Union[str, None]
    response_class: Callable[..., Response]
    save_headers: bool
    max_redirects: int
    timeout: _Seconds
    ssl_context: Union[ssl.SSLContext, _Context, None]
    deadline: Union[float, None]

def parse_url(url: _Text) -> tuple[Union[str, None], Union[str, None], Union[int, None], str]: ...
def encode_basic_auth(user: _Text, password: _Text) -> dict[str, bytes]: ...

class RequestContext:
    addr: Union[Sequence[Any], None]
    iterator: Union[Iterator[Any], None]
    response: Any
    count: int
    scheme: Union[str, None]
    netloc: str
    path: str
    secret: str
    method: str
    head: bytes
    host: str
    port: int
    url: str
    data: Any
    ssl_context: Union[ssl.SSLContext, _Context, None]
    def __init__(self, url: _Text, method: Union[str, None] = None) -> None: ...
    def go(self, url: _Text) -> None: ...
    def set_location(self, status_code: int, location: _Text) -> bool: ...
    def update(self, headers: _Headers) -> None: ...
    def set_body(self, data: Any) -> None: ...
    def message(self) -> Iterable[Union[bytes, bytearray, memoryview]]: ...

class Response:
    encoding: str
    chunked: bool
    head_only: bool
    max_size: int
    extras: str
    status_code: int
    reason: str
    url: str
    # A list of lines, a mapping, or what a subclass makes of it.
    headers: Any
    ok: bool
    raw: Raw
    def __init__(self, sock: Connection, sockfile: Any = None, save_headers: bool = False) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def add_header(self, data: bytes) -> None: ...
    def close(self, *args: object) -> None: ...
    def readinto(self, buf: _Buffer, size: int = 0) -> int: ...
    def read(self, size: Union[int, None] = 4096) -> bytes: ...
    @property
    def content(self) -> bytes: ...
    @property
    def text(self) -> str: ...
    def json(self) -> Any: ...
    def save(
        self,
        fn: str,
        buf: Union[_Buffer, None] = None,
        chunk_size: int = 0,
        progress: Union[Callable[[int, Union[int, None]], object], None] = None,
    ) -> int: ...
    def saveinto(
        self,
        fobj: _Writable,
        buf: Union[_Buffer, None] = None,
        chunk_size: int = 0,
        progress: Union[Callable[[int, Union[int, None]], object], None] = None,
    ) -> int: ...
    # From extras, loaded when one of them is first used.
    def iter_content(self, chunk_size: int = 1024) -> Iterator[bytes]: ...
    # bytes, or str with decode_unicode
    def iter_lines(
        self, chunk_size: int = 256, decode_unicode: bool = False, max_line: int = 32768
    ) -> Iterator[Any]: ...
    def raise_for_status(self) -> None: ...

class Connection:
    host: str
    poll: Any
    buffer: Any
    decode: str
    ticks: int
    waiting: int
    def __init__(self, timeout: _Seconds, deadline: Union[float, None]) -> None: ...
    def wait(self, flag: int) -> int: ...
    def open(self, context: RequestContext) -> None: ...
    def readinto(self, buf: _Buffer, n: int) -> int: ...
    def write(self, context: RequestContext) -> None: ...
    def run(
        self,
        func: Callable[..., Any],
        context: RequestContext,
        response_class: Callable[..., Any] = ...,
        save_headers: bool = False,
        max_redirects: int = 0,
    ) -> Any: ...
    def exchange(
        self,
        context: RequestContext,
        response_class: Callable[..., Any],
        save_headers: bool,
        max_redirects: int,
    ) -> Any: ...
    def fail(self, error: BaseException) -> BaseException: ...
    def close(self, done: bool = False) -> None: ...

_R = TypeVar("_R", bound=Response, default=Response)

def request(
    method: str,
    url: _Text,
    data: _Data = None,
    json: Any = None,
    headers: Union[_Headers, None] = None,
    auth: Union[_Pair, Callable[[], _Pair], None] = None,
    encoding: Union[str, None] = None,
    response_class: Callable[..., _R] = ...,
    save_headers: bool = False,
    max_redirects: int = 1,
    timeout: _Seconds = None,
    ssl_context: Union[ssl.SSLContext, _Context, None] = None,
    deadline: Union[float, None] = None,
    connection: Callable[[_Seconds, Union[float, None]], Any] = ...,
    **more: Unpack[_More],
) -> _R: ...
def head(url: _Text, **kw: Unpack[_Keywords]) -> Response: ...
def get(url: _Text, **kw: Unpack[_Keywords]) -> Response: ...
def post(url: _Text, **kw: Unpack[_Keywords]) -> Response: ...
def put(url: _Text, **kw: Unpack[_Keywords]) -> Response: ...
def patch(url: _Text, **kw: Unpack[_Keywords]) -> Response: ...
def delete(url: _Text, **kw: Unpack[_Keywords]) -> Response: ...
def options(url: _Text, **kw: Unpack[_Keywords]) -> Response: ...
