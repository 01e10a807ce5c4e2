"""Hold /openapi.json against the server that serves it.  Every operation is asked; one that changes
something needs a line in STORY, so that no address goes untried.  usage: walk.py URL INVENTORY"""
import http.client
import json
import re
import sys
import time
import urllib.parse

URL, INVENTORY = sys.argv[1], sys.argv[2]
HOST = urllib.parse.urlsplit(URL).netloc
faults = []


def fault(*words):
    faults.append(" ".join(str(w) for w in words))


line = http.client.HTTPConnection(HOST)


def ask(method, path, who=None, query=(), body=None, headers=None):
    head = dict(headers or {})
    if who:
        head["Authorization"] = "Bearer " + open(who).read().strip()
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        head.setdefault("Content-Type", "application/json")
    to = urllib.parse.quote(path) + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")
    for _ in range(30):
        line.request(method, to, body=body, headers=head)
        answer = line.getresponse()
        told = answer.status, answer.getheader("Content-Type") or "", answer.read()
        # A machine with much else to do turns heavy ones away, and says when to come again.
        if answer.status != 503 or not answer.getheader("Retry-After"):
            break
        time.sleep(min(int(answer.getheader("Retry-After")), 3))
    return told


status, kind, said = ask("GET", "/openapi.json")
DOC = json.loads(said)
assert status == 200 and kind == "application/json"


def resolve(x):
    while isinstance(x, dict) and "$ref" in x:
        at = DOC
        for piece in x["$ref"][2:].split("/"):
            at = at[piece]
        x = at
    return x


TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "number": (int, float),
         "null": type(None)}


def is_a(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def fits(value, schema, listed=False):
    """Why it doesn't.  What is in a list has the members that are stated, and no others."""
    schema = resolve(schema)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    stated = schema.get("properties", {})
    if not any(is_a(value, kind) for kind in kinds):
        return f"is no {' or '.join(kinds)}"
    for one in value if isinstance(value, list) and "items" in schema else ():
        if fits(one, schema["items"], True):
            return "holds something that " + fits(one, schema["items"], True)
    if isinstance(value, dict):
        if listed and stated and set(value) != set(stated):
            return f"has not the members stated: {sorted(set(value) ^ set(stated))}"
        for key in schema.get("required", []):
            if key not in value:
                return f"is without {key}"
        for key, what in stated.items():
            if key in value and fits(value[key], what):
                return f"{key} {fits(value[key], what)}"
    return None


def judge(name, operation, answer, want=None):
    """The answer is one that the document states for its status."""
    status, kind, body = answer
    kind = kind.split(";")[0]
    if want and status not in want:
        fault(name, "gave", status, "not", want, body[:200])
        return
    stated = resolve(operation["responses"].get(str(status)))
    if stated is None:
        fault(name, "gave", status, "which is not stated", body[:200])
    elif kind not in stated["content"]:
        fault(name, "gave", kind, "which is not stated for", status)
    elif kind.endswith("json"):
        why = fits(json.loads(body), stated["content"][kind]["schema"])
        if why:
            fault(name, "gave", status, "that", why, body[:200])


# What stands in addresses and queries, and who may look.
VALUES = {"alert": "CC-2017-0001", "org": "T1", "cve": "CVE-2017-0144", "device": "BEHIND", "post": "t1-lead",
          "number": "1", "term": "line:7sp1", "at": "2017-05-11T10:00Z"}
LOOKS = {p: "t1-lead" for p in ("/api/v1/why", "/api/v1/organisations/{org}/devices",
                                "/api/v1/organisations/{org}/conflicts", "/api/v1/alerts/{alert}/claims")}

# What changes something, in an order in which it may: who, method, address, what is sent.
STORY = [
    ("national-lead", "POST", "/alerts", {"title": "Patch", "severity": "high", "cve": ["CVE-2017-0144"], "everyone": True}),
    ("second", "POST", "/alerts/CC-2017-0001/approve", {}),
    ("national-lead", "POST", "/alerts/CC-2017-0001/publish", {"revision": 1}),
    ("national-lead", "POST", "/alerts/CC-2017-0001/deliveries", {"all": True, "channel": "phone"}),
    ("national-lead", "POST", "/alerts/CC-2017-0001/chases", {"unanswered": True, "note": "Please ring."}),
    ("second", "POST", "/alerts/CC-2017-0001/escalations", {"org": ["T1", "P1"]}),
    ("t1-lead", "POST", "/alerts/CC-2017-0001/acknowledge", None),
    ("t1-lead", "POST", "/alerts/CC-2017-0001/applicability", {"applicable": True}),
    ("t1-lead", "POST", "/alerts/CC-2017-0001/progress", {"blocked_by": "V1", "note": "- they say"}),
    ("v1-desk", "POST", "/alerts/CC-2017-0001/supply", {"working": "2017-05-20"}),
    ("t1-lead", "POST", "/alerts/CC-2017-0001/claims", {"fixed": True, "device": ["BEHIND"]}),
    ("t1-lead", "POST", "/alerts/CC-2017-0001/exceptions", {"reason": "a scanner", "opinion": "safe", "controls": "apart",
                                                          "until": "2017-06-01", "device": ["XP"]}),
    ("t1-siro", "POST", "/alerts/CC-2017-0001/decisions", {"org": "T1", "claim": "last", "approve": True, "reason": "agreed"}),
    ("national-lead", "POST", "/alerts/CC-2017-0001/revisions", {"minor": True, "text": "--now=2018-01-01"}),
    ("national-lead", "POST", "/alerts", {"title": "Another", "severity": "low", "confirmation": True, "org": ["T1"]}),
    ("second", "POST", "/alerts/CC-2017-0002/approve", None),
    ("national-lead", "POST", "/alerts/CC-2017-0002/publish", None),
    ("national-lead", "POST", "/alerts/CC-2017-0002/supersede", {"by": "CC-2017-0001"}),
    ("national-lead", "POST", "/alerts/CC-2017-0001/withdraw", {"reason": "tried"}),
    ("t1-lead", "POST", "/organisations/T1/inventories", "file"),
    ("national-lead", "POST", "/names", {"raw": "Nobody|Nothing", "cpe": ["NONE"], "anyway": True}),
    ("national-lead", "POST", "/organisations", {"org": "P3", "name": "--db=x", "role": "gp_practice", "parent": "R1"}),
    ("national-lead", "PATCH", "/organisations/P3", {"name": "Hill Practice", "expected": ["workstation=5", "medical=1"]}),
    ("national-lead", "POST", "/organisations/P3/proposals", {"expected": ["workstation=4"]}),
    ("second", "POST", "/organisations/P3/proposals/last/withdraw", {"reason": "no"}),
    ("national-lead", "POST", "/organisations/P3/proposals", {"expected": ["workstation=4"]}),
    ("second", "POST", "/organisations/P3/proposals/last/approve", None),
    ("t1-lead", "PUT", "/organisations/T1/contacts/security-lead", {"name": "Ann", "email": "ann@example.org", "phone": "-1"}),
    ("t1-lead", "POST", "/organisations/T1/contacts/security-lead/confirm", None),
    ("t1-siro", "POST", "/organisations/T1/delegations", {"to": "P1", "gives": "view,answer"}),
    ("t1-siro", "POST", "/organisations/T1/delegations/end", {"to": "P1", "date": "2017-05-20"}),
    ("national-lead", "POST", "/organisations/T1/oversight", {"duty": "alerts", "body": "R1", "lead": True}),
    ("national-lead", "POST", "/organisations/T1/oversight/end", {"duty": "alerts", "body": "R1", "date": "2017-05-20"}),
    ("national-lead", "POST", "/organisations/T1/disclosures", {"purpose": "to help them patch"}),
    ("national-lead", "POST", "/posts", {"post": "p3-lead", "kind": "security-lead", "org": "P3"}),
    ("national-lead", "POST", "/people", {"person": "cy", "name": "Cy Cedar"}),
    ("national-lead", "POST", "/posts/p3-lead/holders", {"person": "cy", "date": "2017-05-11"}),
    ("national-lead", "POST", "/posts/p3-lead/end", {"date": "2017-05-20"}),
    ("national-lead", "POST", "/organisations/P2/succeed", {"successor": "P3", "date": "2017-05-11"}),
    ("national-lead", "POST", "/organisations/P1/close", {"date": "2017-05-11"}),
    ("national-lead", "POST", "/mandate/offer", {"post": "second", "authority": "the plan", "until": "2017-05-19"}),
    ("second", "POST", "/mandate/decline", {"reason": "away"}),
    ("national-lead", "POST", "/mandate/offer", {"post": "second", "authority": "the plan", "until": "2017-05-19"}),
    ("second", "POST", "/mandate/accept", None),
    ("second", "POST", "/mandate/hand-over", {"post": "t1-siro", "reason": "the shift ends"}),
    ("second", "POST", "/mandate/end", {"reason": "over"}),
    ("national-lead", "PUT", "/posture", {"level": "heightened", "reason": "a worm"}),
]
LIST_TYPES = {"string": 1, "integer": "x", "boolean": "yes", "array": "x"}


def pattern(path):
    return re.compile("^" + re.sub(r"\{[a-z]+\}", "[^/]+", path) + "$")


OPERATIONS = {(method.upper(), path): operation
              for path, methods in DOC["paths"].items() for method, operation in methods.items()}


def operation_of(method, path):
    found = [(p, o) for (m, p), o in OPERATIONS.items() if m == method and pattern(p).match(path)]
    exact = [(p, o) for p, o in found if p == path]
    return (exact or found or [(None, None)])[0]


def filled(path):
    return re.sub(r"\{([a-z]+)\}", lambda m: VALUES[m.group(1)], path)


def body_of(operation):
    return operation["requestBody"]["content"].get("application/json", {}).get("schema")


def try_misfits(method, path, operation):
    """None of these does anything."""
    name, to = f"{method} {path}", filled(path)
    judge(name + " without a token", operation, ask(method, to), {401})
    if path.endswith("/me"):
        return
    who = LOOKS.get(path, "national-lead")
    judge(name + " with an unknown word", operation, ask(method, to, who, {"no_such_word": "x"}), {422})
    for p in map(resolve, operation.get("parameters", [])):
        if p["in"] == "query" and p["schema"]["type"] in ("integer", "boolean"):
            judge(f"{name}?{p['name']}=x", operation, ask(method, to, who, {p["name"]: "x"}), {422})
    if method == "GET":
        return
    judge(name + " with a token for reading", operation, ask(method, to, "read"), {403})
    schema = body_of(operation)
    if not schema:
        return
    judge(name + " as a form", operation,
          ask(method, to, who, body=b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}), {415})
    for misfit in (b"[]", b"{", b'{"a":1,"a":1}', b'"x"'):
        judge(f"{name} {misfit}", operation,
              ask(method, to, who, body=misfit, headers={"Content-Type": "application/json"}), {422})
    judge(name + " with an unknown member", operation, ask(method, to, who, body={"no_such_member": 1}), {422})
    for key, what in schema["properties"].items():
        judge(f"{name} with another {key}", operation,
              ask(method, to, who, body={key: LIST_TYPES[what["type"]]}), {422})
    for key in schema.get("required", []):
        rest = {k: "x" for k, v in schema["properties"].items() if k != key and v["type"] == "string"}
        judge(f"{name} without {key}", operation, ask(method, to, who, body=rest), {422})


def try_story():
    told, last = set(), 1
    for who, method, path, sent in STORY:
        path = "/api/v1" + path.replace("/last/", f"/{last}/")
        stated, operation = operation_of(method, path)
        if not operation:
            fault(method, path, "is in the story and not in the document")
            continue
        told.add((method, stated))
        if sent == "file":
            sent = open(INVENTORY, "rb").read()
        elif isinstance(sent, dict):
            sent = {k: last if v == "last" else v for k, v in sent.items()}
        answer = ask(method, path, who, body=sent)
        judge(f"{method} {path} by {who}", operation, answer, {200})
        if answer[0] == 200:
            last = json.loads(answer[2]).get("record", last)
    for method, path in OPERATIONS:
        if method != "GET" and (method, path) not in told:
            fault(method, path, "is in no line of the story")


def try_looks():
    n = 0
    for (method, path), operation in OPERATIONS.items():
        if method != "GET":
            continue
        n += 1
        parameters = [resolve(p) for p in operation.get("parameters", [])]
        query = {p["name"]: VALUES[p["name"]] for p in parameters if p["in"] == "query" and p["required"]}
        who = LOOKS.get(path, "national-lead")
        judge(f"GET {path}", operation, ask("GET", filled(path), who, query), {200})
        if "text/csv" in operation["responses"]["200"]["content"]:
            answer = ask("GET", filled(path), who, query, headers={"Accept": "text/csv"})
            if answer[0] != 200 or not answer[1].startswith("text/csv") or b"," not in answer[2]:
                fault("GET", path, "as CSV gave", answer)
    return n


# Commands without an address: of the machine and its operator, of files on it, or for pipes.
LEFT_OUT = """init demo serve work bench synth store ask cpe version kb rehearse token notify oidc
journal_rebuild journal_checkpoint org_import org_formats feed_import feed_update feed_source
estate_adopt alert_advance alert_adopt
person_invite person_list person_show person_change person_posts person_link person_disable person_enable
person_password person_totp person_sessions""".split()


def try_commands(told):
    """Each command has an address, or is left out for a reason above."""
    named = {" ".join(o.get("description", "").split()[1:-6]) for o in OPERATIONS.values()}
    for line in told:
        words = line.split()
        if len(words) < 2 or words[0] != "lynchpin" or not line.startswith("  "):
            continue
        noun, verb = words[1], words[2] if len(words) > 2 else ""
        if noun in LEFT_OUT or f"{noun}_{verb}" in LEFT_OUT or noun in named or f"{noun} {verb}" in named:
            continue
        fault("lynchpin", noun, verb, "has no address and is not left out")


try_commands(sys.stdin)
for (method, path), operation in OPERATIONS.items():
    try_misfits(method, path, operation)
try_story()
looks = try_looks()
for one in faults[:40]:
    print(one)
print(f"{len(OPERATIONS)} operations, {looks} of them to look; {len(faults)} faults")
