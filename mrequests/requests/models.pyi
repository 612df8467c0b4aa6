from collections.abc import Mapping
from typing import Any, Optional, Union

from .response import Response as Response

_Url = Union[str, bytes, Any]

REDIRECT_STATI: tuple[Any, ...]
CONTENT_CHUNK_SIZE: int
ITER_CHUNK_SIZE: int

class Request:
    method: Optional[str]
    url: Any
    headers: Any
    files: Any
    data: Any
    json: Any
    params: Any
    auth: Any
    cookies: Any
    hooks: dict[str, list[Any]]
    def __init__(
        self,
        method: Union[str, bytes, None] = None,
        url: _Url = None,
        headers: Optional[Mapping[Any, Any]] = None,
        files: Any = None,
        data: Any = None,
        params: Any = None,
        auth: Any = None,
        cookies: Any = None,
        hooks: Optional[Mapping[str, Any]] = None,
        json: Any = None,
    ) -> None: ...
    def prepare(self) -> PreparedRequest: ...
    def register_hook(self, event: str, hook: Any) -> None: ...
    def __repr__(self) -> str: ...
    def deregister_hook(request, event: str, hook: Any) -> bool: ...

class PreparedRequest:
    method: Any
    url: Any
    headers: Any
    body: Any
    hooks: dict[str, list[Any]]
    def __init__(self) -> None: ...
    def register_hook(self, event: str, hook: Any) -> None: ...
    def deregister_hook(request, event: str, hook: Any) -> bool: ...
    def prepare(
        self,
        method: Union[str, bytes, None] = None,
        url: _Url = None,
        headers: Optional[Mapping[Any, Any]] = None,
        files: Any = None,
        data: Any = None,
        params: Any = None,
        auth: Any = None,
        cookies: Any = None,
        hooks: Optional[Mapping[str, Any]] = None,
        json: Any = None,
    ) -> None: ...
    def __repr__(self) -> str: ...
    def prepare_method(self, method: Union[str, bytes, None]) -> None: ...
    def prepare_url(self, url: _Url, params: Any) -> None: ...
    def prepare_headers(self, headers: Optional[Mapping[Any, Any]]) -> None: ...
    def prepare_body(self, data: Any, files: Any, json: Any = None) -> None: ...
    def prepare_content_length(self, body: Any) -> None: ...
    def prepare_auth(self, auth: Any, url: _Url = "") -> None: ...
    def prepare_cookies(self, cookies: Any) -> None: ...
    def prepare_hooks(self, hooks: Optional[Mapping[str, Any]]) -> None: ...
    def copy(self) -> PreparedRequest: ...
    @property
    def path_url(self) -> str: ...

def encode_params(data: Any) -> Any: ...
