"""Compares what files.test makes of changed safetensors files with what Python's package makes of them.

    OPTIMC_VERDICTS=/tmp/verdicts npx vitest run --mode all test/files/mutations.test.ts
    .venv/bin/python test/reference/verdicts.py /tmp/verdicts

with the environment of files.py. Prints how many verdicts are equal, and the others by what Python says, with an example each.
"""

import re
import sys
from collections import Counter
from pathlib import Path

import safetensors


def main():
    data = Path(sys.argv[1]).read_bytes()
    at = total = equal = 0
    others, examples = Counter(), {}
    while at < len(data):
        length, opened = int.from_bytes(data[at : at + 4], "little"), bool(data[at + 4])
        file = data[at + 5 : at + 5 + length]
        at += 5 + length
        total += 1
        try:
            safetensors.deserialize(file)
            theirs = "opens"
        except safetensors.SafetensorError as error:
            theirs = re.sub(r"\d+|`.*?`", "*", str(error)).split("*")[0][:80]
        if opened == (theirs == "opens"):
            equal += 1
            continue
        others[opened, theirs] += 1
        examples.setdefault((opened, theirs), file[:400])
    print(f"{equal} of {total} equal: {100 * equal / total:.2f} %")
    for (opened, theirs), count in others.most_common():
        print(f"{count}: {'opens' if opened else 'is refused'} here, there {theirs!r}; {examples[opened, theirs]!r}")


main()
