#!/usr/bin/python3
"""Holds verdict lines against the schema that is shipped, closed: a member that it does not name is an error here.

usage: check_lines.py SCHEMA FOLDER      (FOLDER: *.jsonl, as tests left them)

Ends 77 (skipped) without python3-jsonschema, or where no test left a line."""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None

SHOWN = 20


def closed(schema):
    """The same schema, with no place for members that it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if out.get("type") == "object":
        out["additionalProperties"] = False
    return out


def once(pairs):
    """An object whose members stand there once each."""
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError(f"a member twice among {[key for key, _ in pairs]}")
    return out


def main(schema_file, folder):
    if jsonschema is None:
        print("skipped: python3-jsonschema is not installed")
        return 77
    schema = json.loads(schema_file.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(closed(schema))
    lines = wrong = 0
    for path in sorted(folder.glob("*.jsonl")):
        seen = set()
        for line in path.read_bytes().decode("ascii").split("\n"):
            if not line or line.startswith("v=1 ") or line in seen:  # a line of pairs has the same members
                continue
            seen.add(line)
            lines += 1
            try:
                faults = [f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in
                          validator.iter_errors(json.loads(line, object_pairs_hook=once))]
            except ValueError as error:
                faults = [str(error)]
            wrong += bool(faults)
            if faults and wrong <= SHOWN:
                print(f"{path.name}: {'; '.join(faults)[:600]}\n    {line[:1500]}")
    print(f"{lines} verdict lines, {wrong} against the schema")
    if not lines:
        return 77
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(argument) for argument in sys.argv[1:3])))
