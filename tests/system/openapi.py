"""Holds an answer of the API against docs/api.yaml: the part of JSON Schema that the file uses."""
import re

import yaml

from support import TOP

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
         "boolean": bool, "null": type(None)}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "const",
         "oneOf", "$ref", "format", "minimum", "maximum", "description", "example", "default",
         "contentEncoding", "maxItems"}
FORMATS = {"date-time": re.compile(r"^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")}


class OpenApi:
    def __init__(self):
        self.document = yaml.safe_load((TOP / "docs/api.yaml").read_text())
        self.paths = [(re.compile("^" + re.sub(r"\{[^}]*\}", "[^/]+", path) + "$"), path, item)
                      for path, item in self.document["paths"].items()]

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node

    def operation(self, method, path):
        """The named operation's template and description; KeyError when there is none."""
        for pattern, template, item in self.paths:
            if pattern.match(path) and method.lower() in item:
                return template, item[method.lower()]
        raise KeyError(f"{method} {path} is not in docs/api.yaml")

    def complaints(self, method, path, status, media_type, body):
        """What is wrong with an answer; `body` is parsed JSON, or None for anything else."""
        template, operation = self.operation(method, path)
        responses = operation["responses"]
        if str(status) not in responses:
            return [f"{method} {template}: {status} is not among {list(responses)}"]
        content = self.resolve(responses[str(status)]).get("content", {})
        if not content:
            return []
        found = next((schema for media, schema in content.items() if re.match(
            re.escape(media).replace(r"\*", ".*"), media_type)), None)
        if found is None:
            return [f"{method} {template}: {media_type} is not among {list(content)}"]
        if body is None:
            return []
        return list(self.check(body, found["schema"], template))

    def check(self, value, schema, at):
        schema = self.resolve(schema)
        unknown = set(schema) - KNOWN
        if unknown:
            yield f"{at}: docs/api.yaml uses {unknown}, which this test does not know"
        if "oneOf" in schema:
            tried = [list(self.check(value, option, at)) for option in schema["oneOf"]]
            if sum(not wrong for wrong in tried) != 1:
                yield from min(tried, key=len)
            return
        if "const" in schema and value != schema["const"]:
            yield f"{at}: {value!r} is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r} is not one of {schema['enum']}"
        if not self.right_type(value, schema):
            yield f"{at}: {value!r} is no {schema['type']}"
            return
        if isinstance(value, str) and schema.get("format") in FORMATS:
            if not FORMATS[schema["format"]].match(value):
                yield f"{at}: {value!r} is no {schema['format']}"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                yield f"{at}: {value} is out of bounds"
        if isinstance(value, dict):
            yield from self.check_object(value, schema, at)
        if isinstance(value, list):
            if len(value) > schema.get("maxItems", len(value)):
                yield f"{at}: {len(value)} items are too many"
            for i, item in enumerate(value):
                yield from self.check(item, schema.get("items", {}), f"{at}[{i}]")

    @staticmethod
    def right_type(value, schema):
        wanted = schema.get("type")
        if wanted is None:
            return True
        names = wanted if isinstance(wanted, list) else [wanted]
        if isinstance(value, bool):
            return "boolean" in names
        return any(isinstance(value, TYPES[name]) for name in names)

    def check_object(self, value, schema, at):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{at}: {name} is missing"
        more = schema.get("additionalProperties", True)
        for name, item in value.items():
            if name in properties:
                yield from self.check(item, properties[name], f"{at}.{name}")
            elif more is False:
                yield f"{at}: {name} is not described"
            elif isinstance(more, dict):
                yield from self.check(item, more, f"{at}.{name}")
