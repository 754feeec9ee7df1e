"""Reads an export back: CSV by Python's own module, CEF by a parser that shares nothing with the writer. Prints complaints as JSON."""
import csv
import json
import re
import sys

KIND, PATH, EXPECTED = sys.argv[1], sys.argv[2], int(sys.argv[3])
complaints = []


def complain(line, problem):
    if len(complaints) < 100:
        complaints.append(f"line {line}: {problem}")


def read_csv():
    csv.field_size_limit(64 * 1024 * 1024)
    with open(PATH, newline="", encoding="utf-8") as file:
        rows = csv.reader(file, strict=True)
        header = next(rows)
        count = 0
        for row in rows:
            count += 1
            if len(row) != len(header):
                complain(count, f"{len(row)} cells under {len(header)} columns")
                continue
            event = dict(zip(header, row))
            if int(event["position"]) != count:
                complain(count, f"position {event['position']}")
            if not isinstance(json.loads(event["data"]), dict):
                complain(count, "data is no object")
            for name, value in event.items():
                if value[:1] in tuple("=+-@\t\r\n\0"):
                    complain(count, f"{name} would be taken for a formula")
    return count


def split_header(line):
    fields, field, at = [], "", 0
    while len(fields) < 7:
        char = line[at]
        if char == "\\":
            at += 1
            if line[at] not in "\\|":
                raise ValueError(f"\\{line[at]} in the header")
            field += line[at]
        elif char == "|":
            fields.append(field)
            field = ""
        else:
            field += char
        at += 1
    return fields, line[at:]


def read_extension(text):
    # From the end: the last unescaped equals sign ends a key, which reaches back to the space before it.
    pairs = {}
    ends = [m.end() - 1 for m in re.finditer(r"(?<!\\)(?:\\\\)*=", text)]
    starts = []
    for end in ends:
        start = text.rfind(" ", 0, end) + 1
        if not re.fullmatch(r"[A-Za-z0-9_]+", text[start:end]):
            raise ValueError(f"the key {text[start:end]!r}")
        starts.append(start)
    for index, end in enumerate(ends):
        stop = starts[index + 1] - 1 if index + 1 < len(ends) else len(text)
        key = text[starts[index]:end]
        if key in pairs:
            raise ValueError(f"{key} twice")
        raw = text[end + 1:stop]
        pairs[key] = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m.group(1), m.group(1)), raw)
    return pairs


def read_cef():
    count = 0
    with open(PATH, "rb") as file:
        for raw in file:
            count += 1
            try:
                line = raw.decode("utf-8").rstrip("\n")
                if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line):
                    raise ValueError("a control character")
                header, rest = split_header(line)
                if header[:3] != ["CEF:0", "OpenClaw", "Gateway"] or not 0 <= int(header[6]) <= 10:
                    raise ValueError(f"the header {header}")
                pairs = read_extension(rest)
                if pairs["cn1"] != str(count) or pairs["outcome"] not in ("success", "failure") or len(pairs["cs5"]) != 64:
                    raise ValueError("what the gateway says was overwritten")
            except (ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
                complain(count, str(error))
    return count


found = read_csv() if KIND == "csv" else read_cef()
if found != EXPECTED:
    complaints.append(f"{found} rows for {EXPECTED} events")
print(json.dumps(complaints))
