import ssl
from collections.abc import Mapping
from typing import Any, Optional, Union

from .models import PreparedRequest
from .response import Response

_Timeout = Union[float, tuple[Optional[float], Optional[float]], None]
_Verify = Union[bool, str, ssl.SSLContext, None]
_Cert = Union[str, tuple[str, str], None]

REDIRECT_STATI: tuple[Any, ...]

def followed(session: Any, request: Any, response: Any, allow_redirects: bool, kwargs: Any) -> Any: ...
def get_redirect_target(session: Any, resp: Response) -> Any: ...
def should_strip_auth(session: Any, old_url: Any, new_url: Any) -> Any: ...
def rebuild_method(session: Any, prepared_request: PreparedRequest, response: Any) -> Any: ...
def rebuild_auth(session: Any, prepared_request: PreparedRequest, response: Any) -> Any: ...
def rebuild_proxies(
    session: Any, prepared_request: PreparedRequest, proxies: Optional[Mapping[str, str]]
) -> Any: ...
def resolve_redirects(
    session: Any,
    resp: Response,
    req: PreparedRequest,
    stream: Optional[bool] = False,
    timeout: _Timeout = None,
    verify: _Verify = True,
    cert: _Cert = None,
    proxies: Optional[Mapping[str, str]] = None,
    yield_requests: bool = False,
    **adapter_kwargs: Any,
) -> Any: ...

METHODS: dict[str, Any]
