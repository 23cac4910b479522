"""The doors of the API with what they take, and the fields of what they answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from serving.app import create_app
from serving.settings import ServingSettings
from tests.databases import NOWHERE, addresses
from tests.surface.snapshots import is_as_committed


def lines(described: dict[str, Any]) -> Iterator[str]:
    for path, operations in sorted(described["paths"].items()):
        for method, operation in sorted(operations.items()):
            yield f"{method.upper()} {path}"
            for parameter in sorted(operation.get("parameters", []), key=lambda each: (each["in"], each["name"])):
                needed = " (needed)" if parameter.get("required") else ""
                yield f"    {parameter['in']} {parameter['name']}: {kind(parameter['schema'])}{needed}"
            for status, answer in sorted(operation["responses"].items()):
                bodies = [f"{kind(body['schema'])}" for _, body in sorted(answer.get("content", {}).items())]
                yield f"    {status}: {', '.join(bodies) or 'no body'}"
    for name, schema in sorted(described.get("components", {}).get("schemas", {}).items()):
        yield f"{name}" + (f": {kind(schema)}" if "properties" not in schema else "")
        for field, what in sorted(schema.get("properties", {}).items()):
            yield f"    {field}: {kind(what)}" + ("" if field in schema.get("required", []) else " (may be absent)")


def kind(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words: "string|null", "[Figure]", "percentile|mean"."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return "|".join(kind(each) for each in schema[several])
    if "enum" in schema or "const" in schema:
        return "|".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return f"[{kind(schema.get('items', {}))}]"
    if "additionalProperties" in schema and isinstance(schema["additionalProperties"], dict):
        return f"{{{kind(schema['additionalProperties'])}}}"
    return str(schema.get("format") or schema.get("type", "anything"))


def test_paths_and_fields_are_as_committed(tmp_path: Path) -> None:
    described = create_app(ServingSettings(store=tmp_path, **addresses(NOWHERE))).openapi()
    is_as_committed("openapi.txt", lines(described))
