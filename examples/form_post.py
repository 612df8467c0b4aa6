"""Send a form as a browser would: form_post.py [BASE_URL]

Prints the fields that arrived. A value that is a list sends its field once for each item.
"""

import sys

import mrequests as requests


def main(base="http://httpbin.org"):
    form = {"name": "Zoë & Co", "topping": ["cheese", "onion"], "size": 2}
    with requests.post(base + "/post", data=form, timeout=10) as r:
        r.raise_for_status()
        answer = r.json()
    print(answer["headers"]["Content-Type"])
    for name in sorted(answer["form"]):
        print("  %s = %s" % (name, answer["form"][name]))


if __name__ == "__main__":
    main(*sys.argv[1:])
