"""Host a poll by the API: make it, open it, vote, close it and print the result. `host_a_poll.py ADDRESS TOKEN`."""

import json
import sys
from typing import Any
from urllib.request import Request, urlopen


def ask(method: str, path: str, sent: object = None) -> Any:
    headers = {"Authorization": f"Bearer {sys.argv[2]}", "Content-Type": "application/json"}
    request = Request(f"{sys.argv[1]}/api/v1{path}", json.dumps(sent).encode(), headers, method=method)
    return json.load(urlopen(request, timeout=10))


choices = [{"text": "Tea"}, {"text": "Coffee"}]
poll = ask("POST", "/host/polls", {"question": "Tea or coffee?", "choices": choices, "result_rule": "always"})
slug = ask("POST", f"/host/polls/{poll['slug']}/actions/open")["slug"]
paper = ask("GET", f"/polls/{slug}/ballot")
vote = {"voter": paper["voter"], "page": paper["page"], "selections": [poll["choices"][0]["id"]]}
print("vote:", ask("POST", f"/polls/{slug}/votes", vote)["status"])
print("poll:", ask("POST", f"/host/polls/{slug}/actions/close")["state"])
print("result:", [(choice["text"], choice["votes"]) for choice in ask("GET", f"/polls/{slug}/results")["choices"]])
