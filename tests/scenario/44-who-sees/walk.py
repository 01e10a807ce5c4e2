"""Ask the rows of the console's table of routes as each post of LINKS and as nobody; print what each gets.
usage: walk.py URL LINKS CONSOLE.C"""
import http.client
import re
import sys
import time
import urllib.parse

URL, LINKS, SOURCE = sys.argv[1:4]
HOST = urllib.parse.urlsplit(URL).netloc
# What stands for {name} in patterns; a pattern is asked once for each of its values.
VALUES = {"alert": ["CC-2017-0001"], "org": ["T01", "P001"], "device": ["{org}-PC001"], "cve": ["CVE-2017-0144"],
          "name": ["nothing.css"], "token": ["nothing"]}
LEFT_OUT = {"/live"}  # it stays open


def ask(method, path, cookies, form=None):
    head = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
    if form is not None:
        form = urllib.parse.urlencode(form)
        head["Content-Type"] = "application/x-www-form-urlencoded"
    for pause in (0, 1, 2, 4, 8):  # heavy pages have their turn
        time.sleep(pause)
        line = http.client.HTTPConnection(HOST)
        line.request(method, path, body=form, headers=head)
        answer = line.getresponse()
        body = answer.read().decode()
        if answer.status != 503:
            break
    for header in answer.msg.get_all("Set-Cookie", []):
        name, value = header.split(";")[0].split("=", 1)
        cookies[name] = value
    return answer.status, body


def sign_in(link):
    cookies = {}
    page = ask("GET", "/link/" + link, cookies)[1]
    mark = re.search('name="csrf" value="([^"]*)', page).group(1)
    assert ask("POST", "/link/" + link, cookies, {"csrf": mark})[0] == 303
    return cookies


def paths(pattern):
    made = [pattern]
    for name in re.findall(r"\{(\w+)\}", pattern):
        made = [m.replace("{%s}" % name, v) for m in made for v in VALUES[name]]
    for path in made:
        org = re.search(r"/(T01|P001)\b", path)
        yield path.replace("{org}", org.group(1) if org else "")


who = [line.split() for line in open(LINKS)]
who = [(post, sign_in(link)) for post, link in who] + [("nobody", {})]
marks = [(re.search('name="csrf" value="([^"]*)', ask("GET", "/account", c)[1]) or ["", ""])[1] for _, c in who]


def row(method, path, form):
    said = []
    for (_, cookies), mark in zip(who, marks):
        said.append("%-6d" % ask(method, path, dict(cookies), {"csrf": mark, **form} if method == "POST" else None)[0])
    print("%-4s %-44s%s" % (method, path, " ".join(said).rstrip()))


print(("%-49s" % "" + " ".join("%-6s" % post[:6] for post, _ in who)).rstrip())
for method, pattern in re.findall(r'\{WEB_(GET|POST),\s*"([^"]*)"', open(SOURCE).read()):
    # An empty form does nothing: who may is asked for what is missing.  Those of one's own account are for all.
    if pattern in LEFT_OUT or (method == "POST" and not re.match("/(alerts|organisations|lead|settings|people)", pattern)):
        continue
    for path in paths(pattern):
        row(method, path, {})
