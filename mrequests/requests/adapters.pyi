import ssl
from collections.abc import Mapping
from typing import Any, Optional, Union

from .response import Response
from .retry import Retry as Retry

_Timeout = Union[float, tuple[Optional[float], Optional[float]], None]
_Verify = Union[bool, str, ssl.SSLContext, None]
_Cert = Union[str, tuple[str, str], None]

DEFAULT_POOLSIZE: int
DEFAULT_RETRIES: int

class BaseAdapter:
    def send(
        self,
        request: Any,
        stream: Optional[bool] = False,
        timeout: _Timeout = None,
        verify: _Verify = True,
        cert: _Cert = None,
        proxies: Optional[Mapping[str, str]] = None,
    ) -> Response: ...
    def close(self) -> None: ...

class HTTPAdapter(BaseAdapter):
    max_retries: Any
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any]) -> None: ...
    def __init__(
        self,
        pool_connections: Any = 10,
        pool_maxsize: Any = 10,
        max_retries: Any = 0,
        pool_block: Any = False,
    ) -> None: ...
    def send(
        self,
        request: Any,
        stream: Optional[bool] = False,
        timeout: _Timeout = None,
        verify: _Verify = True,
        cert: _Cert = None,
        proxies: Optional[Mapping[str, str]] = None,
        deadline: Optional[float] = None,
    ) -> Response: ...
    def send_once(
        self,
        request: Any,
        timeout: _Timeout = None,
        verify: _Verify = True,
        cert: _Cert = None,
        proxies: Optional[Mapping[str, str]] = None,
        deadline: Optional[float] = None,
    ) -> Response: ...
    def proxy_headers(self, proxy: Any) -> dict[str, str]: ...
    def close(self) -> None: ...

def head(headers: Optional[Mapping[Any, Any]]) -> Any: ...
