"""Functions that are called with each response."""

HOOKS = ("response",)


def default_hooks():
    """Return a dictionary for hooks, without any."""
    return {event: [] for event in HOOKS}


def dispatch_hook(key, hooks, hook_data, **kwargs):
    """Call the hooks of an event in turn; what one returns, the next one gets."""
    called = (hooks or {}).get(key) or ()
    for hook in (called,) if callable(called) else called:
        result = hook(hook_data, **kwargs)
        if result is not None:
            hook_data = result
    return hook_data
