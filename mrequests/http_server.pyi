import socket as _socket
import ssl
from collections.abc import Iterable
from typing import Any, BinaryIO, Callable, TypeVar, Union

_Handler = TypeVar("_Handler", bound=Callable[..., Any])
_Data = Union[str, bytes, bytearray, memoryview]

class HttpStatus:
    OK: int
    BAD_REQUEST: int
    UNAUTHORIZED: int
    FORBIDDEN: int
    NOT_FOUND: int
    REQUEST_TIMEOUT: int
    TEAPOT: int
    INTERNAL_SERVER_ERROR: int
    NOT_IMPLEMENTED: int
    StatusText: dict[int, str]

class MimeTypes:
    CSV: str
    HTML: str
    JSON: str
    TEXT: str
    XML: str
    YAML: str

class Request(str):
    method: str
    path: str
    query: str
    data: bytes
    end: int
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def body(self) -> bytes: ...

class Connection:
    server: HttpServer
    sock: Any
    def __init__(self, server: HttpServer, sock: Any) -> None: ...
    def send(self, data: _Data) -> int: ...
    def sendall(self, data: _Data) -> int: ...
    def write(self, data: _Data) -> int: ...
    def close(self) -> None: ...

class HttpServer:
    ERROR_PAGE: str
    max_clients: int
    max_line: int
    max_head: int
    max_body: int
    timeout: float
    port: int
    socket: _socket.socket | None
    ssl_context: ssl.SSLContext | None
    get_callback: Callable[..., Any]
    post_callback: Callable[..., Any]
    handlers: dict[str, Callable[..., Any]]
    put_handler: Callable[[_Handler], _Handler]
    delete_handler: Callable[[_Handler], _Handler]
    patch_handler: Callable[[_Handler], _Handler]
    head_handler: Callable[[_Handler], _Handler]
    any_handler: Callable[[_Handler], _Handler]
    options_handler: Callable[[_Handler], _Handler]
    def __init__(
        self, port: int = 80, host: str = "0.0.0.0", ssl_context: ssl.SSLContext | None = None
    ) -> None: ...
    def __getattr__(self, name: str) -> Callable[[_Handler], _Handler]: ...
    def check_requests(self) -> None: ...
    def log(self, error: BaseException, request: Request | None = None) -> None: ...
    def default_request_handler(
        self, connection: Connection | None = None, request: Request | None = None
    ) -> None: ...
    def get_handler(self, func: _Handler) -> _Handler: ...
    def post_handler(self, func: _Handler) -> _Handler: ...
    def send_response(
        self,
        connection: Connection,
        response: Union[_Data, BinaryIO, Iterable[_Data]],
        status: int = 200,
        content_type: str = "text/html",
        headers: dict[str, Any] | None = None,
    ) -> None: ...
    def send_html(
        self, connection: Connection, html_page: str, status: int = 200, headers: dict[str, Any] | None = None
    ) -> None: ...
    def send_json(
        self, connection: Connection, data: Any, headers: dict[str, Any] | None = None, status: int = 200
    ) -> None: ...
    def send_error_page(
        self,
        error: Any,
        connection: Connection,
        status: int = 500,
        headers: dict[str, Any] | None = None,
    ) -> None: ...
    def close(self, *args: Any) -> None: ...
    def __enter__(self) -> HttpServer: ...
    def __exit__(self, *args: Any) -> None: ...
