"""Log in with HTTP basic authentication: basic_auth.py [BASE_URL]

Tries a wrong password first, then the right one, then both as part of the URL.
"""

import sys

import mrequests as requests

USER, PASSWORD = "joan", "open sesame"


def attempt(url, **kw):
    r = requests.get(url, timeout=10, **kw)
    if r.status_code == 401:
        print("refused: %d %s" % (r.status_code, r.reason))
        return False
    r.raise_for_status()
    print("logged in as", r.json()["user"])
    return True


def main(base="http://httpbin.org"):
    page = "/basic-auth/%s/%s" % (USER, PASSWORD)
    wrong = attempt(base + page, auth=(USER, "wrong"))
    right = attempt(base + page, auth=(USER, PASSWORD))
    # In a URL the space is an escape.
    host = "://%s:%s@" % (USER, PASSWORD.replace(" ", "%20"))
    in_url = attempt(base.replace("://", host) + page)
    return 0 if right and in_url and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
