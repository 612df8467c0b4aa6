"""Look up a name over HTTPS, without DNS: dns_over_https.py [NAME [URL [HOST]]]

The server is reached by its address; the Host header tells it which of its sites is meant.
"""

import sys

import mrequests as requests

TYPES = {1: "A", 5: "CNAME", 28: "AAAA"}


def main(name="example.com", url="https://1.1.1.1/dns-query", host="cloudflare-dns.com"):
    headers = {"Accept": "application/dns-json", "Host": host}
    with requests.get(url, params={"name": name, "type": "A"}, headers=headers, timeout=10) as r:
        r.raise_for_status()
        answer = r.json()
    if answer["Status"]:
        print("%s: error %d" % (name, answer["Status"]))
        return 1
    for record in answer.get("Answer", []):
        kind = TYPES.get(record["type"], record["type"])
        print("%s %s %s, for %d s" % (record["name"], kind, record["data"], record["TTL"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
