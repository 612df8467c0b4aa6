"""Show the answer of a language model while it is being made: event_stream.py [URL [PROMPT [KEY]]]

For servers with the interface of OpenAI's chat completions, as most programs that run models at home have it.
Only one piece of the answer is in memory at a time.
"""

import json
import sys

import mrequests as requests
from mrequests import sse


def pieces(url, prompt, key):
    """Yield the answer, each piece as soon as it is there."""
    question = {"model": "any", "stream": True, "messages": [{"role": "user", "content": prompt}]}
    headers = {"Accept": "text/event-stream"}
    if key:
        headers["Authorization"] = "Bearer " + key
    # The time-out is that of a pause between two pieces.
    with requests.post(url, json=question, headers=headers, timeout=30) as r:
        for event in sse.events(r):
            if event.data == "[DONE]":
                return
            for choice in json.loads(event.data)["choices"]:
                yield choice["delta"].get("content") or ""
    raise OSError("the answer ends too early")


def main(url="http://localhost:8080/v1/chat/completions", prompt="Tell me a story.", key=None):
    for text in pieces(url, prompt, key):
        print(text, end="")
        if hasattr(sys.stdout, "flush"):
            sys.stdout.flush()
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
