"""Makes the dumps of `fixtures/releases` anew: `python tests/oracle/release_dumps.py RELEASE PYTHON`.

The Python has the wheel of that release. Of `ew_scatter`, which is one of `fixtures/programs`, that of 3.1 alone is kept.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "fixtures" / "releases"
FORM = "form-dispatch-regions"


def main(release: str, python: str) -> None:
    prefix = "iree-flow" if release in ("2024-04", "2024-06", "2024-07") else "iree-dispatch-creation"
    for program in ("padded", "summed"):
        made = subprocess.run(
            [
                *(str(Path(python).with_name("iree-compile")), str(FOLDER / f"{program}.mlir"), "--compile-to=flow", "-o", "-"),
                *("--iree-hal-target-backends=llvm-cpu", f"--mlir-print-ir-after={prefix}-{FORM}"),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        _write(f"{program}.{release}.regions.mlir", made.stderr[made.stderr.index("// -----// IR Dump") :])
        if program == "padded":
            _write(f"{program}.{release}.flow.mlir", made.stdout)


def _write(name: str, text: str) -> None:
    (FOLDER / name).write_text(re.sub(r"\n\n+\Z", "\n", text))


if __name__ == "__main__":
    main(*sys.argv[1:])
