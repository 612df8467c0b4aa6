"""Every method against examples/echo_server.py: echo_client.py [URL]"""

import sys

import mrequests as requests


def main(url="http://127.0.0.1:8080"):
    r = requests.get(url)
    print(r.content)
    r.close()
    buf = b"Hello World"
    r = requests.post(url, data=buf)
    print(r.content)
    r.close()
    r = requests.put(url, data=buf)
    print(r.content)
    r.close()
    r = requests.patch(url, data=buf)
    print(r.content)
    r.close()
    r = requests.head(url, parse_headers=True)
    print(r.content)
    print(dict(r.headers.items()))
    r.close()
    r = requests.delete(url, data=buf)
    print(r.content)
    r.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
