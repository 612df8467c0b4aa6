from typing import Any, Callable, Union

from .mrequests import RequestContext

BLOCK: int

def form(fields: Any, need: Callable[[str], Any]) -> str: ...
def wrap(data: Any, context: RequestContext, need: Callable[[str], Any]) -> Union[bytes, Any]: ...
