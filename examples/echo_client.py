"""Every method against examples/echo_server.py: echo_client.py [URL [CERTIFICATE]]

CERTIFICATE is the path of the server's, where it speaks HTTPS; a minus sign: verify none.
"""

import sys

import mrequests as requests


def main(url="http://127.0.0.1:8080", certificate=None):
    tls = {"verify": certificate != "-" and certificate} if certificate else {}
    r = requests.get(url, **tls)
    print(r.content)
    r.close()
    buf = b"Hello World"
    r = requests.post(url, data=buf, **tls)
    print(r.content)
    r.close()
    r = requests.put(url, data=buf, **tls)
    print(r.content)
    r.close()
    r = requests.patch(url, data=buf, **tls)
    print(r.content)
    r.close()
    r = requests.head(url, parse_headers=True, **tls)
    print(r.content)
    print(dict(r.headers.items()))
    r.close()
    r = requests.delete(url, data=buf, **tls)
    print(r.content)
    r.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
