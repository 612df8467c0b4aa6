from collections.abc import Mapping
from typing import Any, Optional

HOOKS: tuple[Any, ...]

def default_hooks() -> Any: ...
def dispatch_hook(key: str, hooks: Optional[Mapping[str, Any]], hook_data: Any, **kwargs: Any) -> Any: ...
