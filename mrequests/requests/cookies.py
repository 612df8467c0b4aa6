"""Cookies (RFC 6265): on CPython a jar of http.cookiejar, on a board a small one."""

const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from ._cookiejar import (
        CookieConflictError,
        RequestsCookieJar,
        cookie_header,
        cookielib,
        create_cookie,
        extract_cookies_to_jar,
        morsel_to_cookie,
        remove_cookie_by_name,
    )
else:
    from ._jar import Cookie, RequestsCookieJar, cookie_header, create_cookie, extract_cookies_to_jar


def get_cookie_header(jar, request):
    """Return the value of the header Cookie for a request, or None."""
    return cookie_header(jar, request)


def cookiejar_from_dict(cookie_dict, cookiejar=None, overwrite=True):
    """Return a jar with the cookies of a dictionary, or add them to a jar."""
    if cookiejar is None:
        cookiejar = RequestsCookieJar()
    if cookie_dict is not None:
        there = [cookie.name for cookie in cookiejar]
        for name in cookie_dict:
            if overwrite or name not in there:
                cookiejar.set_cookie(create_cookie(name, cookie_dict[name]))
    return cookiejar


def merge_cookies(cookiejar, cookies):
    """Add cookies, of a dictionary or a jar, to a jar; return the jar."""
    if isinstance(cookies, dict):
        return cookiejar_from_dict(cookies, cookiejar, overwrite=False)
    for cookie in cookies:
        cookiejar.set_cookie(cookie)
    return cookiejar


def jar_of(cookies):
    """Return a jar, made of a dictionary where it is none."""
    return cookies if hasattr(cookies, "set_cookie") else cookiejar_from_dict(cookies)


def merged(mine, cookies):
    """Return a new jar with the cookies of a session and those of a request, which win."""
    jar = RequestsCookieJar()
    merge_cookies(jar, mine)
    if cookies:
        merge_cookies(jar, jar_of(cookies))
    return jar


def for_redirect(prepared, request, response, jar):
    """Set the cookies of a request that follows a response."""
    if prepared._cookies is None:
        prepared._cookies = RequestsCookieJar()
    extract_cookies_to_jar(prepared._cookies, request, response)
    if jar:
        merge_cookies(prepared._cookies, jar)
    prepared.prepare_cookies(prepared._cookies)
