"""Send a query, read JSON: get_json.py [BASE_URL]

Prints what the server says it was asked.
"""

import sys

import mrequests as requests


def main(base="http://httpbin.org"):
    params = {"room": "kitchen", "unit": "°C"}
    with requests.get(base + "/get", params=params, headers={"Accept": "application/json"}, timeout=10) as r:
        r.raise_for_status()
        answer = r.json()
    print("asked for", answer["url"])
    for name in sorted(answer["args"]):
        print("  %s = %s" % (name, answer["args"][name]))


if __name__ == "__main__":
    main(*sys.argv[1:])
