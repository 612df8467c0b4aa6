from typing import Any, Callable

from .mrequests import RequestContext

def apply(
    need: Callable[[str], Any],
    context: RequestContext,
    more: dict[str, Any],
    data: Any,
    response_class: Any,
    ssl_context: Any,
    max_redirects: int,
) -> tuple[Any, Any, Any, int]: ...
