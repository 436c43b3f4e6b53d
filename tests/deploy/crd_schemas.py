"""`python -m tests.deploy.crd_schemas SOURCE FILE ...`: strict schemas of other projects' kinds, out of their CRDs.

Each file is a CustomResourceDefinition in YAML as the project publishes it; SOURCE says where it is from, and stays in
the schema. What is written to tests/deploy/schemas/ leaves out descriptions, and allows no field that it doesn't name.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "schemas"
_KEPT = ("type", "enum", "pattern", "required", "minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength")
_NESTED = ("items", "additionalProperties")
_METADATA = {"type": "object", "required": ["name"]}


def main() -> None:
    """Write the schema of each version that is served."""
    source, *files = sys.argv[1:]
    for file in files:
        crd = yaml.safe_load(Path(file).read_text())
        for version in crd["spec"]["versions"]:
            if version["served"]:
                kind = crd["spec"]["names"]["kind"]
                schema = {"$comment": source} | _strict(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = _METADATA
                path = FOLDER / f"{crd['spec']['group']}_{version['name']}_{kind}.json"
                path.write_text(json.dumps(schema, separators=(",", ":")) + "\n")


def _strict(node: Any) -> dict[str, Any]:
    if node.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    kept: dict[str, Any] = {name: node[name] for name in _KEPT if name in node}
    if "pattern" in kept:  # Go's flags stand anywhere, Python's at the beginning
        kept["pattern"] = kept["pattern"].replace("^(?i)", "(?i)^")
    kept |= {name: _strict(node[name]) for name in _NESTED if isinstance(node.get(name), dict)}
    if "properties" in node:
        kept["properties"] = {name: _strict(child) for name, child in node["properties"].items()}
        if not node.get("x-kubernetes-preserve-unknown-fields"):
            kept["additionalProperties"] = False
    return kept


if __name__ == "__main__":
    main()
