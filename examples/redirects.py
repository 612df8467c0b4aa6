"""Follow redirects, limit them, or look at one: redirects.py [BASE_URL]"""

import sys

import mrequests as requests


def main(base="http://httpbin.org"):
    # One redirect is followed unless told otherwise.
    with requests.get(base + "/redirect/1", timeout=10) as r:
        print("followed: %d from %s" % (r.status_code, r.url))
    with requests.get(base + "/redirect/3", max_redirects=3, timeout=10) as r:
        print("followed three: %d from %s" % (r.status_code, r.url))
    try:
        requests.get(base + "/redirect/3", max_redirects=2, timeout=10)
        return 1
    except ValueError as error:
        print("gave up:", error)
    with requests.get(base + "/redirect/1", allow_redirects=False, parse_headers=True, timeout=10) as r:
        print("not followed: %d to %s" % (r.status_code, r.headers["Location"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
