"""The requests door: all of the package is there."""

from mrequests import requests


def get(url):
    return requests.get(url, headers={"Accept": "application/json"}, timeout=10).json()
