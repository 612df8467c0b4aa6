import ssl
from collections.abc import Mapping
from typing import Any, Optional, Union

from .adapters import BaseAdapter

_Timeout = Union[float, tuple[Optional[float], Optional[float]], None]
_Verify = Union[bool, str, ssl.SSLContext, None]
_Cert = Union[str, tuple[str, str], None]

class Retry:
    total: Any
    connect: Any
    read: Any
    status: Any
    allowed_methods: Any
    status_forcelist: Any
    backoff_factor: float
    backoff_max: float
    raise_on_status: bool
    respect_retry_after_header: bool
    def __init__(
        self,
        total: Any = 10,
        connect: Any = None,
        read: Any = None,
        status: Any = None,
        allowed_methods: Any = ...,
        status_forcelist: Any = ...,
        backoff_factor: Any = 0,
        backoff_max: Any = 120,
        raise_on_status: Any = True,
        respect_retry_after_header: Any = True,
    ) -> None: ...

def send(
    adapter: BaseAdapter,
    request: Any,
    timeout: _Timeout,
    verify: _Verify,
    cert: _Cert,
    proxies: Optional[Mapping[str, str]],
    deadline: Optional[float],
) -> Any: ...
