"""HAR 1.2 as its specification has it (softwareishard.com/blog/har-12-spec): each object's fields,
which of them must be there, and of what kind. Fields with _ in front are anybody's own."""
import re
from datetime import datetime

DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def text(value):
    return isinstance(value, str)


def flag(value):
    return isinstance(value, bool)


def number(value, least=0):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= least


def count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def size(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= -1


def span(value):
    return number(value, -1) and (value >= 0 or value == -1)


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def date(value):
    return text(value) and bool(DATE.match(value)) and datetime.fromisoformat(
        re.sub(r"\.\d+", "", value).replace("Z", "+00:00")) is not None


# ! in front: must be there. A list holds objects of that name; a word names an object.
OBJECTS = {
    "file": {"!log": "log"},
    "log": {"!version": lambda v: v == "1.2", "!creator": "creator", "browser": "creator",
            "pages": ["page"], "!entries": ["entry"], "comment": text},
    "creator": {"!name": text, "!version": text, "comment": text},
    "page": {"!startedDateTime": date, "!id": text, "!title": text, "!pageTimings": "pageTimings",
             "comment": text},
    "pageTimings": {"onContentLoad": span, "onLoad": span, "comment": text},
    "entry": {"pageref": text, "!startedDateTime": date, "!time": number, "!request": "request",
              "!response": "response", "!cache": "cache", "!timings": "timings",
              "serverIPAddress": text, "connection": text, "comment": text},
    "request": {"!method": text, "!url": text, "!httpVersion": text, "!cookies": ["cookie"],
                "!headers": ["pair"], "!queryString": ["pair"], "postData": "postData",
                "!headersSize": size, "!bodySize": size, "comment": text},
    "response": {"!status": count, "!statusText": text, "!httpVersion": text,
                 "!cookies": ["cookie"], "!headers": ["pair"], "!content": "content",
                 "!redirectURL": text, "!headersSize": size, "!bodySize": size, "comment": text},
    "cookie": {"!name": text, "!value": text, "path": text, "domain": text, "expires": date,
               "httpOnly": flag, "secure": flag, "comment": text},
    "pair": {"!name": text, "!value": text, "comment": text},
    "postData": {"!mimeType": text, "params": ["param"], "text": text, "comment": text},
    "param": {"!name": text, "value": text, "fileName": text, "contentType": text,
              "comment": text},
    "content": {"!size": size, "compression": whole, "!mimeType": text, "text": text,
                "encoding": text, "comment": text},
    "cache": {"comment": text},
    "timings": {"blocked": span, "dns": span, "connect": span, "!send": span, "!wait": span,
                "!receive": span, "ssl": span, "comment": text},
}


def complaints(value, name="file", at="har"):
    """What is wrong with a document, in words."""
    fields = {key.lstrip("!"): kind for key, kind in OBJECTS[name].items()}
    if not isinstance(value, dict):
        yield f"{at} is no object"
        return
    for key in OBJECTS[name]:
        if key.startswith("!") and key[1:] not in value:
            yield f"{at}.{key[1:]} is missing"
    for key, item in value.items():
        if key.startswith("_"):
            continue
        kind = fields.get(key)
        if kind is None:
            yield f"{at}.{key} is not of HAR 1.2"
        elif isinstance(kind, str):
            yield from complaints(item, kind, f"{at}.{key}")
        elif isinstance(kind, list):
            if not isinstance(item, list):
                yield f"{at}.{key} is no list"
                continue
            for i, one in enumerate(item):
                yield from complaints(one, kind[0], f"{at}.{key}[{i}]")
        elif not kind(item):
            yield f"{at}.{key} may not be {item!r}"
    if name == "entry":
        known = [v for v in value.get("timings", {}).values() if number(v)]
        if abs(sum(known) - value.get("time", -1)) > 1e-6:
            yield f"{at}.time is {value.get('time')}, not the sum of {known}"
    if name == "postData" and "text" in value and "params" in value:
        yield f"{at}: text and params are mutually exclusive"
