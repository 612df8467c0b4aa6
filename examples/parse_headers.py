"""Keep the headers one needs, in a response class of one's own: parse_headers.py [BASE_URL]

parse_headers=True keeps all of them. This keeps two, whatever the server sends: memory stays small.
"""

import sys

import mrequests as requests


class WithETag(requests.Response):
    """Keeps the headers that tell whether a page has changed."""

    wanted = b"etag", b"content-type"

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.headers = {}

    def add_header(self, data):
        """Take one header line, as bytes without its end."""
        name, _, value = data.partition(b":")
        if name.lower() in self.wanted:
            self.headers[name.lower()] = value.strip()


def main(base="http://httpbin.org"):
    url = base + "/etag/version-1"
    with requests.get(url, response_class=WithETag, timeout=10) as r:
        r.raise_for_status()
        etag = r.headers[b"etag"]
        for name in sorted(r.headers):
            print("%s: %s" % (name.decode(), r.headers[name].decode()))
    with requests.get(url, response_class=WithETag, headers={"If-None-Match": etag}, timeout=10) as r:
        print("asked again: %d %s" % (r.status_code, r.reason))
        return 0 if r.status_code == 304 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
